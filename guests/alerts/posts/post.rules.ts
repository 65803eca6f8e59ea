import { graphemesOf, isStorable, isVisible, turnsDirection } from '../../../shared/text.rules.ts';

/** What may be posted. */

export type Severity = 'INFO' | 'WARNING' | 'DANGER';

export interface PostDraft {
  category: string;
  tags: readonly string[];
  title: string;
  body: string;
  severity: Severity;
  location: { lat: number; lon: number } | null;
}

export const postsAnHour = 10;
const longest = { title: 120, body: 2000 };
const tagsAtMost = 5;

/** Categories and tags. */
export const isName = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])$/.test(text);

/** Everything that is wrong with a post, as sentences. `tagsOf`: the tags of its category; undefined: there is no such category. */
export function faultsOf(draft: PostDraft, tagsOf: readonly string[] | undefined): string[] {
  const { tags, location } = draft;
  const strange = tagsOf ? tags.filter((tag) => !tagsOf.includes(tag)) : [];
  const faults: [boolean, string][] = [
    [tagsOf === undefined, 'There is no such category.'],
    [tags.length > tagsAtMost || new Set(tags).size < tags.length, `tags takes up to ${tagsAtMost} different ones.`],
    [strange.length > 0, `The category has no tag ${strange[0]?.slice(0, 40)}.`],
    [
      !isText(draft.title, longest.title) || /\p{Cc}/u.test(draft.title),
      `title takes 1 to ${longest.title} characters on one line, without markup.`,
    ],
    [!isText(draft.body, longest.body), `body takes 1 to ${longest.body} characters, without markup.`],
    [location !== null && !isPlace(location), 'location takes a latitude of -90 to 90 and a longitude of -180 to 180.'],
  ];
  return faults.filter(([isFault]) => isFault).map(([, sentence]) => sentence);
}

/** Markup is refused rather than cleaned, so that what is shown is what was written. */
const isText = (text: string, atMost: number): boolean =>
  text.length <= 16 * atMost &&
  isStorable(text) &&
  isVisible(text) &&
  !turnsDirection(text) &&
  !/<[a-z!/?]|&#?\w+;/i.test(text) &&
  graphemesOf(text).length <= atMost;

const isPlace = ({ lat, lon }: { lat: number; lon: number }): boolean => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
