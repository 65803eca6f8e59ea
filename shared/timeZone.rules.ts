/**
 * The time zone of this name, in the usual case of letters; undefined when there is none. Offsets such as +01:00 are no zones, and another name
 * of the same zone (Asia/Kolkata) stays what the caller chose.
 */
export function zoneOf(name: string): string | undefined {
  const zone = /^[a-z][a-z0-9_+/-]{0,63}$/i.test(name) ? canonical(name) : undefined;
  return zone && (zone.toLowerCase() === name.toLowerCase() ? zone : name);
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
