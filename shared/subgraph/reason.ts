import { Refusal } from '../errors.ts';
import { isVisible } from '../text.rules.ts';

/** Why an operator does something: 1 to 200 characters on one line, without the blanks around them. Throws BAD_USER_INPUT. */
export function acceptedReason(reason: string): string {
  const text = reason.trim();
  if (!text.isWellFormed() || !/^[^\p{Cc}]{1,200}$/u.test(text) || !isVisible(text))
    throw new Refusal('BAD_USER_INPUT', 'reason takes 1 to 200 characters that can be seen, all on one line.');
  return text;
}

/** The same where no reason has to be given; null: none was. */
export const optionalReason = (reason: string | null | undefined): string | null =>
  reason === null || reason === undefined ? null : acceptedReason(reason);
