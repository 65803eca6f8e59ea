import { Refusal } from '../../shared/errors.ts';
import { limits } from './limits.ts';

export const tooDeep = () =>
  new Refusal('BAD_USER_INPUT', `A value is nested too deeply; at most ${limits.jsonDepth} levels are allowed.`);
