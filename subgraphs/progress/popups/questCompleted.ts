import { Refusal } from '../../../shared/errors.ts';
import { signedIn } from '../../../shared/identity.ts';
import { cursorOf, positionOf } from '../../../shared/subgraph/paging.ts';
import type { Context } from '../context.ts';
import type { Completion } from '../completions/completionStore.ts';

/** The caller's popups after the cursor, or from now on. Throws BAD_USER_INPUT for a cursor of another player or of the future. */
export const questCompleted = {
  async subscribe(
    _: unknown,
    { after }: { after?: string | null },
    context: Context,
  ): Promise<AsyncIterable<Completion>> {
    const { id } = signedIn(context.viewer);
    const now = await context.popupSeqOf.load(id);
    const position = after === null || after === undefined ? now : positionOf(`popups-${id}`, after);
    if (BigInt(position) > BigInt(now))
      throw new Refusal(
        'BAD_USER_INPUT',
        `The cursor is ahead of the stream, which stands at ${cursorOf(`popups-${id}`, now)}.`,
      );
    return context.popups.stream(id, position);
  },
  resolve: (completion: Completion) => completion,
};
