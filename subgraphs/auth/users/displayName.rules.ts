import { graphemesOf, isStorable, isVisible, turnsDirection } from '../../../shared/text.rules.ts';
import { guestPrefix, playerPrefix } from '../signIn/credentials.rules.ts';

/** What others see of a player. Anyone may have any, also one that another has: who it is, the sign-in name and the id say. */

const charactersAtMost = 40;
/** The longest emoji have some 30 units; letters with dozens of accents reach over the lines around them. */
const unitsOfCharacter = 32;
const unitsAtMost = 400;

/** As it is stored: composed (NFC), without the blanks around it. */
export const normalDisplayName = (text: string): string => text.trim().normalize('NFC').trim();

/** Undefined when a display name in its normal form is acceptable, else the sentence that names the broken rule. */
export function displayNameProblem(name: string): string | undefined {
  if (name.length > unitsAtMost) return `A display name has 1 to ${charactersAtMost} characters.`;
  if (!isStorable(name) || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'A display name is one line of text.';
  if (turnsDirection(name)) return 'A display name does not turn the direction of the text around it.';
  if (!isVisible(name)) return 'A display name has something to be seen.';
  const characters = graphemesOf(name);
  if (characters.length > charactersAtMost) return `A display name has 1 to ${charactersAtMost} characters.`;
  if (characters.some(({ length }) => length > unitsOfCharacter))
    return 'A display name has no character with that many accents.';
  return undefined;
}

/** The one that was chosen; else the sign-in name, or a readable form of one that the server gave: guest-k3xy2abc is Guest K3XY. */
export function displayNameOf({ name, displayName }: { name: string; displayName: string | null }): string {
  const given = [guestPrefix, playerPrefix].find((prefix) => name.startsWith(prefix));
  if (displayName !== null || given === undefined) return displayName ?? name;
  const word = given.slice(0, -1);
  return `${word[0]!.toUpperCase()}${word.slice(1)} ${name.slice(given.length, given.length + 4).toUpperCase()}`;
}
