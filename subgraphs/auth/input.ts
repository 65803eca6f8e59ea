import { Refusal } from '../../shared/errors.ts';
import { cut, storable } from '../../shared/text.rules.ts';
import { zoneOf } from '../../shared/timeZone.rules.ts';
import { displayNameProblem, normalDisplayName } from './users/displayName.rules.ts';

/** Refuses what a rule found wrong, in the words of the rule. */
export function refuse(problem: string | undefined): void {
  if (problem) throw new Refusal('BAD_USER_INPUT', problem);
}

/** A display name as it is stored, or a refusal; null where none is given. */
export function acceptedDisplayName(text: string): string;
export function acceptedDisplayName(text: string | null | undefined): string | null;
export function acceptedDisplayName(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const name = normalDisplayName(text);
  refuse(displayNameProblem(name));
  return name;
}

/** The time zone of this name, or a refusal: for those who choose one. */
export function acceptedZone(name: string): string {
  const zone = zoneOf(name);
  if (!zone) throw new Refusal('BAD_USER_INPUT', 'This is not the name of an IANA time zone, such as Europe/Berlin.');
  return zone;
}

/**
 * The time zone that a device says it is in, and what its player should know of that. Devices say things that are none (Etc/Unknown, the names
 * that Windows has), and nobody is kept out for that.
 */
export function zoneOfDevice(name: string | null | undefined): { timeZone: string; notices: string[] } {
  const zone = name === null || name === undefined ? 'UTC' : zoneOf(name);
  if (zone) return { timeZone: zone, notices: [] };
  const told = cut(storable(name!), 60);
  return {
    timeZone: 'UTC',
    notices: [`"${told}" is not the name of an IANA time zone: your days begin at midnight UTC until you change it.`],
  };
}
