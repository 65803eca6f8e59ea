import { Refusal } from '../../shared/errors.ts';
import { limits } from './limits.ts';

/** Whether a JSON value has more than so many levels of lists and maps. Looks no deeper than that, so it can be asked of anything. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isNestedDeeper(inner, levels - 1));
  for (const key in value) if (isNestedDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

export const tooDeep = () =>
  new Refusal('BAD_USER_INPUT', `A value is nested too deeply; at most ${limits.jsonDepth} levels are allowed.`);
