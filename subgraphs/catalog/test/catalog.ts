import { connect } from '../../../local/sql.ts';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { openDatabase } from '../../../shared/database/database.ts';
import { Seal } from '../../../shared/events.ts';
import { openLog } from '../../../shared/process/log.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { testKeys, tokenFor } from '../../../shared/testing/tokens.ts';
import { QuestRow, RewardRow } from '../entities.ts';
import { catalogMigrations } from '../migrations/all.ts';
import { startCatalog } from '../subgraph.ts';
import { countStatements } from './wire.ts';

const gatewaySecret = 'a secret that only the gateway of these tests has';
const log = openLog('catalog', 'silent');

export type Caller = 'nobody' | 'player' | 'operator';

const authorizationOf = (caller: Exclude<Caller, 'nobody'>) =>
  `Bearer ${tokenFor({ id: `the-${caller}`, roles: caller === 'operator' ? ['PLAYER', 'OPERATOR'] : ['PLAYER'] })}`;

export interface Answer<Data> {
  data: Data;
  errors?: { message: string; extensions: { code: string; faults?: unknown[] } }[];
}

/** A database of the catalog's own, migrated and empty. */
export const catalogDatabase = () =>
  testDatabase('catalog', async (url) => {
    const database = await openDatabase({
      url,
      subgraph: 'catalog',
      entities: [QuestRow, RewardRow],
      migrations: catalogMigrations,
      log,
    });
    await database.close();
  });

/** The subgraph as it runs, asked through its own door; what it says to PostgreSQL is heard on the way. */
export async function openCatalog(
  databaseUrl: string,
  { redisUrl, demo = false }: { redisUrl?: string; demo?: boolean } = {},
) {
  const wire = await countStatements(databaseUrl);
  const carrier = localCarrier();
  const catalog = await startCatalog({
    databaseUrl: wire.url,
    host: '127.0.0.1',
    port: 0,
    gatewaySecret,
    carrier,
    seal: new Seal('a secret that only the subgraphs of these tests share'),
    keys: testKeys().keys,
    ...(redisUrl && { redisUrl }),
    demo,
    log,
  });
  const sql = await connect(databaseUrl);
  return {
    url: catalog.url,
    databaseUrl,
    /** What the subgraph has asked PostgreSQL about quests. */
    statements: () => wire.statements.filter((statement) => /from "?(quest|reward)"?\b/.test(statement)),
    sql: async <Row>(statement: string, parameters: unknown[] = []) =>
      (await sql.query<Row>(statement, parameters)).rows,
    async ask<Data>(caller: Caller, query: string, variables: Record<string, unknown> = {}): Promise<Answer<Data>> {
      const response = await fetch(catalog.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-gateway-secret': gatewaySecret,
          ...(caller !== 'nobody' && { authorization: authorizationOf(caller) }),
        },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer<Data>;
    },
    async stop() {
      await sql.end();
      await catalog.stop();
      await carrier.close();
      await wire.stop();
    },
  };
}
export type CatalogUnderTest = Awaited<ReturnType<typeof openCatalog>>;

/** A catalog with a database of its own, there before the first test of a file and gone after the last; until then it is empty. */
export function catalogForTests(settings?: Parameters<typeof openCatalog>[1]): CatalogUnderTest {
  const catalog = {} as CatalogUnderTest;
  let database: Awaited<ReturnType<typeof catalogDatabase>>;
  beforeAll(async () => {
    database = await catalogDatabase();
    Object.assign(catalog, await openCatalog(database.url, settings));
  });
  afterAll(async () => {
    await catalog.stop();
    await database.drop();
  });
  return catalog;
}
