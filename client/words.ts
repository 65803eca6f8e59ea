/** Words for what the graph says in names and numbers. */

/** "10 diamonds", "50 gold", "1 sword of dawn" */
export function amountInWords(item: string, quantity: number): string {
  const noun = item.toLowerCase().replaceAll('_', ' ');
  const isCounted = item !== 'GOLD' && quantity !== 1;
  return `${quantity.toLocaleString('en')} ${noun}${isCounted ? 's' : ''}`;
}

/** MatchWon: "match won". Both kinds of sign-in are one to a player. */
export function eventInWords(type: string): string {
  if (type === 'UserSignIn' || type === 'NewUserSignIn') return 'sign-in';
  if (type === 'UserActive') return 'daily visit';
  return type.replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ').toLowerCase();
}

/** What is still missing: "1 more sign-in", "2 more days in a row" */
export function missingInWords({ trigger, period }: { trigger: string; period: string }, remaining: number): string {
  const event = eventInWords(trigger);
  const noun = period === 'EVENT' ? event : period.toLowerCase();
  if (noun !== event) return `${remaining} more ${noun}${remaining === 1 ? '' : 's in a row'}`;
  return event === 'sign-in'
    ? `${remaining} more sign-in${remaining === 1 ? '' : 's'}`
    : `${remaining} more × ${event}`;
}

/** What an operator has called an objective: "ranked-wins" is "Ranked wins". */
export function objectiveInWords(name: string): string {
  const words = name.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of whoever looks at this screen. */
export const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An instant in a time zone, as this browser writes it. */
export function instantInWords(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  );
}

/** The same to the second, for what follows quickly. */
export function momentInWords(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(
    new Date(instant),
  );
}
