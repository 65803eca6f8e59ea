import { Redis } from 'ioredis';
import { connect } from '../sql.ts';

/** Every row of every table of a database, as text. */
export async function dumpDatabase(url: string): Promise<string> {
  const connection = await connect(url);
  try {
    const { rows: tables } = await connection.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const dumps: string[] = [];
    for (const { name } of tables) {
      const { rows } = await connection.query<{ line: string }>(`select t::text as line from ${name} t`);
      dumps.push(...rows.map(({ line }) => `${name} ${line}`));
    }
    return dumps.join('\n');
  } finally {
    await connection.end();
  }
}

/** Every key of a Redis with what it holds, as text. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const dumps: string[] = [];
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      const held =
        type === 'stream'
          ? await redis.xrange(key, '-', '+')
          : type === 'list'
            ? await redis.lrange(key, 0, -1)
            : type === 'hash'
              ? await redis.hgetall(key)
              : await redis.get(key);
      dumps.push(`${key} ${JSON.stringify(held)}`);
    }
    return dumps.join('\n');
  } finally {
    redis.disconnect();
  }
}
