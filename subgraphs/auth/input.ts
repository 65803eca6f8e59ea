import { Refusal } from '../../shared/errors.ts';
import { zoneOf } from '../../shared/timeZone.rules.ts';

/** Refuses what a rule found wrong, in the words of the rule. */
export function refuse(problem: string | undefined): void {
  if (problem) throw new Refusal('BAD_USER_INPUT', problem);
}

/** The time zone of this name, or a refusal. */
export function acceptedZone(name: string): string {
  const zone = zoneOf(name);
  if (!zone) throw new Refusal('BAD_USER_INPUT', 'This is not the name of an IANA time zone, such as Europe/Berlin.');
  return zone;
}
