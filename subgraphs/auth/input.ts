import { Refusal } from '../shared/errors.ts';

/** Refuses what a rule found wrong, in the words of the rule. */
export function refuse(problem: string | undefined): void {
  if (problem) throw new Refusal('BAD_USER_INPUT', problem);
}

/**
 * The zone of this name, in the usual case of letters. Offsets such as +01:00 are no zones, and another name of the same zone
 * (Asia/Kolkata) stays what the caller chose.
 */
export function acceptedZone(name: string): string {
  const zone = /^[a-z][a-z0-9_+/-]{0,63}$/i.test(name) ? canonical(name) : undefined;
  if (!zone) throw new Refusal('BAD_USER_INPUT', 'This is not the name of an IANA time zone, such as Europe/Berlin.');
  return zone.toLowerCase() === name.toLowerCase() ? zone : name;
}

/** Asking takes a quarter of a millisecond, and there are but some hundred zones; a name that is none is not kept. */
const zones = new Map<string, string>();

function canonical(name: string): string | undefined {
  try {
    const zone = zones.get(name) ?? new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    if (zones.size < 1000) zones.set(name, zone);
    return zone;
  } catch {
    return undefined;
  }
}
