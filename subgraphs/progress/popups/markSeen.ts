import { Refusal } from '../../../shared/errors.ts';
import { signedIn } from '../../../shared/identity.ts';
import { positionOf } from '../../../shared/subgraph/paging.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { Context, UserRef } from '../context.ts';

const idsAtMost = 100;

/** Marks completions of the caller as seen: by their ids, or all up to a cursor of the stream. Marking again changes nothing. */
export async function markSeen(
  _: unknown,
  { completionIds, upTo }: { completionIds?: readonly string[] | null; upTo?: string | null },
  context: Context,
): Promise<UserRef> {
  const { id } = signedIn(context.viewer);
  const ids = completionIds ?? [];
  if (ids.length > idsAtMost) throw new Refusal('BAD_USER_INPUT', `completionIds takes up to ${idsAtMost} ids.`);
  const position = upTo === null || upTo === undefined ? null : positionOf(`popups-${id}`, upTo);
  await context.saveSeen(id, ids.filter(isUuid), position);
  return { id };
}
