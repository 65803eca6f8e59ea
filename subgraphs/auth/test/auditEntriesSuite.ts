import { randomUUID } from 'node:crypto';
import { type Carrier, shareOf } from '../../../shared/delivery/carrier.ts';
import { type Database, openDatabase, rows } from '../../../shared/database/database.ts';
import { sendAuditEntry } from '../../../shared/delivery/auditEntries.ts';
import { type AuditEntry, Seal } from '../../../shared/events.ts';
import { openLog } from '../../../shared/process/log.ts';
import { OutboxRow, outboxMigration } from '../../../shared/delivery/outbox.ts';
import { partitionsMigration } from '../../../shared/delivery/partitions.ts';
import { type Relay, startRelay } from '../../../shared/delivery/relay.ts';
import { testDatabase, until } from '../../../shared/testing/harness.ts';
import { startAuth } from '../subgraph.ts';
import { type AuthDoor, openAuth } from './door.ts';

const log = openLog('test', 'silent');
const seal = new Seal('a secret for tests, as long as secrets must be');

const entry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  actorId: randomUUID(),
  action: 'CREATE_QUEST',
  targetId: randomUUID(),
  targetName: 'win-twice',
  reason: 'for the autumn',
  changes: [{ field: 'streak', before: null, after: '2' }],
  outcome: 'DONE',
  requestId: randomUUID(),
  ...changes,
});

/** Audit entries of another subgraph reach the audit log, whichever carrier brings them. */
export function auditEntriesSuite(open: () => Promise<Carrier>): void {
  let carrier: Carrier;
  let auth: AuthDoor;
  let subgraph: { database: Database; relay: Relay; drop(): Promise<void> };
  beforeAll(async () => {
    carrier = await open();
    auth = await openAuth({ carrier, seal });
    const { url, drop } = await testDatabase('audit_entries', async (template) =>
      (await openDatabase({ url: template, ...outboxOnly })).close(),
    );
    const database = await openDatabase({ url, ...outboxOnly });
    subgraph = { database, drop, relay: startRelay(database, carrier, seal, 'catalog', log, { everyMs: 20 }) };
  });
  afterAll(async () => {
    await subgraph.relay.stop();
    await subgraph.database.close();
    await subgraph.drop();
    await auth.stop();
    await carrier.close();
  });
  const outboxOnly = {
    subgraph: 'catalog',
    entities: [OutboxRow],
    migrations: [outboxMigration, partitionsMigration],
    log,
  };

  const send = async (...entries: AuditEntry[]) => {
    await subgraph.database.transaction(async (transaction) => {
      for (const one of entries) await sendAuditEntry(transaction, 'catalog', one, new Date());
    });
    subgraph.relay.wake();
  };
  const waiting = async () => (await rows(subgraph.database.fork(), 'select from outbox')).length;
  const confirmed = () => until(async () => (await waiting()) === 0, 'every audit entry to be confirmed');
  const kept = (actorId: string) =>
    auth.sql<{ action: string; outcome: string }>('select * from audit where actor_id = $1', [actorId]);

  test('an audit entry is kept as it was told, and leaves the outbox of its sender', async () => {
    const one = entry();
    await send(one);
    await confirmed();
    expect(await kept(one.actorId)).toMatchObject([
      {
        action: 'CREATE_QUEST',
        target_id: one.targetId,
        target_name: 'win-twice',
        reason: 'for the autumn',
        changes: one.changes,
        outcome: 'DONE',
        request_id: one.requestId,
      },
    ]);
  });

  test('an audit entry that comes five times is stored once', async () => {
    const one = entry();
    const data = { id: randomUUID(), source: 'catalog', type: 'OperatorActed', version: 1, userId: null, data: one };
    const sealed = seal.close('catalog', JSON.stringify({ ...data, occurredAt: new Date().toISOString() }));
    for (let n = 0; n < 5; n++) await carrier.publish('catalog:all', [{ id: 'not of an outbox', sealed }]);
    await send(entry());
    await confirmed();
    expect(await kept(one.actorId)).toHaveLength(1);
  });

  test('an audit entry that is forged is nobody’s', async () => {
    const one = entry();
    const data = { id: randomUUID(), source: 'catalog', type: 'OperatorActed', version: 1, userId: null, data: one };
    const sealed = seal.close('progress', JSON.stringify({ ...data, occurredAt: new Date().toISOString() }));
    await carrier.publish('catalog:all', [{ id: '1', sealed }]);
    await send(entry());
    await confirmed();
    expect(await kept(one.actorId)).toEqual([]);
  });

  test('a quest is none of its business: auth lets it pass, and the subgraphs that wait for it are waited for', async () => {
    const terms = { id: randomUUID(), source: 'catalog', type: 'QuestDefined', version: 1, userId: null };
    const envelope = JSON.stringify({ ...terms, occurredAt: new Date().toISOString(), data: {} });
    await rows(subgraph.database.fork(), `insert into outbox (envelope, awaiting) values ($1, '{progress}')`, [
      envelope,
    ]);
    await send(entry());
    await until(async () => (await waiting()) === 1, 'the audit entry to be confirmed');
    const seen: string[] = [];
    const stop = carrier.consume(
      shareOf('catalog:all'),
      'progress',
      async (batch) => void seen.push(...batch.map(({ id }) => id)),
    );
    await confirmed();
    await stop();
    expect(seen.length).toBeGreaterThan(0);
    expect(await auth.sql('select from inbox where event_id = $1', [terms.id])).toEqual([]);
    expect(await auth.sql('select from dead_letter where event_id = $1', [terms.id])).toEqual([]);
  });

  test('a row whose confirmation was lost is published again and kept once', async () => {
    const one = entry();
    await send(one);
    await confirmed();
    const [entered] = await auth.sql<{ event_id: string }>('select event_id from inbox order by ctid desc limit 1');
    const data = {
      id: entered!.event_id,
      source: 'catalog',
      type: 'OperatorActed',
      version: 1,
      userId: null,
      data: one,
    };
    // As after a relay that died between publishing and noting it: the row is there, its position is not on the carrier.
    await rows(
      subgraph.database.fork(),
      `insert into outbox (envelope, awaiting, position, published_at)
       values ($1, '{auth}', '1-1', clock_timestamp() - interval '1 minute')`,
      [JSON.stringify({ ...data, occurredAt: new Date().toISOString() })],
    );
    await confirmed();
    expect(await kept(one.actorId)).toHaveLength(1);
  });

  test('refusals beyond twenty an hour are not kept, and what was done always is', async () => {
    const actorId = randomUUID();
    await send(...Array.from({ length: 30 }, () => entry({ actorId, outcome: 'REFUSED', action: 'GRANT_REWARD' })));
    await send(entry({ actorId }));
    await confirmed();
    const outcomes = (await kept(actorId)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'REFUSED')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === 'DONE')).toHaveLength(1);
  });

  test('two processes of auth store an audit entry once', async () => {
    const second = await startAuth({ ...auth.settings, carrier, seal });
    const entries = Array.from({ length: 40 }, () => entry());
    await Promise.all(entries.map((one) => send(one)));
    await confirmed();
    await second.stop();
    for (const one of entries) expect(await kept(one.actorId)).toHaveLength(1);
  });

  test('texts are cut where people see a character end', async () => {
    const description = `${'x'.repeat(198)}🎯🎯🎯`;
    const one = entry({ changes: [{ field: 'description', before: null, after: description }] });
    await send(one);
    await confirmed();
    expect(await kept(one.actorId)).toMatchObject([{ changes: [{ after: `${'x'.repeat(198)}…` }] }]);
  });

  test.each<[string, Partial<AuditEntry>, object]>([
    [
      'half a character',
      { changes: [{ field: 'title', before: null, after: 'half \ud83c' }] },
      { after: 'half \ufffd' },
    ],
    ['a NUL', { changes: [{ field: 'title', before: 'a\0b', after: null }] }, { before: 'a\ufffdb' }],
    ['a name and a reason of a megabyte', { targetName: 'x'.repeat(1e5), reason: 'y'.repeat(1e5) }, {}],
    ['a reason that is empty', { reason: '' }, {}],
    ['a target of controls', { targetId: 'a\0\n\ud83c' }, {}],
  ])('an entry with %s, from a sender that does not see to it, is stored all the same', async (_, change, stored) => {
    const one = entry(change);
    const envelope = {
      id: randomUUID(),
      source: 'catalog',
      type: 'OperatorActed',
      version: 1,
      userId: null,
      data: one,
    };
    const sealed = seal.close('catalog', JSON.stringify({ ...envelope, occurredAt: new Date().toISOString() }));
    const found = await until(async () => {
      // No row of an outbox stands for it, so a relay that trims the stream just then takes it away.
      await carrier.publish('catalog:all', [{ id: '1', sealed }]);
      return (await kept(one.actorId))[0];
    }, 'the entry to be stored');
    expect((found as unknown as { changes: object[] }).changes[0]).toMatchObject(stored);
    expect(await auth.sql('select from dead_letter where event_id = $1', [envelope.id])).toEqual([]);
  });
}
