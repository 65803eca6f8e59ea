/** Levels of lists and maps within a value that the graph takes as JSON: deeper ones end in somebody's stack overflow. */
export const jsonLevelsAtMost = 64;

/** Whether a JSON value has more than so many levels of lists and maps. Looks no deeper than that, so it can be asked of anything. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isNestedDeeper(inner, levels - 1));
  for (const key in value) if (isNestedDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}
