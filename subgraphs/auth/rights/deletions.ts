import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Database, rows } from '../../../shared/database/database.ts';
import { type DeletedUsers, deletionsPath, deletionsAtOnce } from '../../../shared/subgraph/deletions.ts';
import { HttpRefusal, answerJson } from '../../../shared/process/http.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';

/** `GET /users/deleted?since=...&after=...`: who was deleted later, in the order of instant and id. For subgraphs; false for another path. */
export async function answerDeletions(
  database: Database,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (path !== deletionsPath) return false;
  const asked = new URL(request.url ?? '/', 'http://door').searchParams;
  const since = new Date(asked.get('since') ?? 0);
  const after = asked.get('after') ?? '00000000-0000-0000-0000-000000000000';
  if (Number.isNaN(since.getTime()) || !isUuid(after))
    throw new HttpRefusal(400, 'since takes an instant, and after the id of a user.');
  const found = await rows<{ id: string; at: string }>(
    database.fork(),
    `select user_id as id, deleted_at as at from deleted_user where (deleted_at, user_id) > ($1, $2)
     order by deleted_at, user_id limit $3`,
    [since, after, deletionsAtOnce],
  );
  const deleted = found.map(({ id, at }) => ({ id, at: new Date(at).toISOString() }));
  answerJson(response, 200, { deleted } satisfies DeletedUsers);
  return true;
}
