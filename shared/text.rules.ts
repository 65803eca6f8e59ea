/** Text that people write: what a database can hold of it, what others can see of it, and where it may be cut. */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** No NUL and no half of a surrogate pair: PostgreSQL holds neither, and JSON is sent with both all the same. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** The same text, with what cannot be stored replaced. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** More than blanks, controls, lone accents and characters that show nothing. Of those, U+2800 is the one that Unicode calls a symbol. */
export const isVisible = (text: string): boolean =>
  /[^\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);

/** What makes text run the other way, or the text that follows it: embeddings, overrides and isolates. */
export const turnsDirection = (text: string): boolean => /[\u202A-\u202E\u2066-\u2069]/.test(text);

/** Characters as people count them: an emoji of a whole family is one, and so is a letter with its accents. */
export const graphemesOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** Text of at most so many UTF-16 units, an ellipsis in place of what had to go. No character that people see as one is cut in two. */
export function cut(text: string, atMost: number): string {
  if (text.length <= atMost) return text;
  const subgraph = atMost - 1;
  let end = 0;
  // A little more than fits, so that the last character is seen to be cut, and no more: text may be long.
  for (const { index, segment } of segmenter.segment(text.slice(0, atMost + 64))) {
    if (index + segment.length > subgraph) break;
    end = index + segment.length;
  }
  // One that is longer than all the subgraph is cut all the same, but not within a surrogate pair.
  return `${text.slice(0, end || wholeUnits(text, subgraph))}…`;
}

const wholeUnits = (text: string, units: number): number =>
  isHighSurrogate(text.charCodeAt(units - 1)) ? units - 1 : units;
const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
