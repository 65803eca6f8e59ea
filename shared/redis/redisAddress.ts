import { StartRefusal } from '../process/environment.ts';

/** What REDIS_URL says: one server, the nodes of a cluster, or sentinels that know where the master is. */
export interface RedisAddress {
  form: 'server' | 'cluster' | 'sentinels';
  nodes: readonly { host: string; port: number }[];
  isEncrypted: boolean;
  username?: string;
  password?: string;
  /** Of a single server or of what the sentinels watch; a cluster has only 0. */
  database: number;
  /** What the sentinels call the master. */
  master?: string;
}

const forms = { '': 'server', '+cluster': 'cluster', '+sentinel': 'sentinels' } as const;
const usualPort = { server: 6379, cluster: 6379, sentinels: 26379 } as const;

/**
 * Reads `redis://user:password@host:6379`, with `rediss` for TLS. Several nodes stand with commas between, and then they are a cluster;
 * `redis+cluster://` names one of a single node, `redis+sentinel://host:26379,other:26379/master` sentinels. Throws StartRefusal.
 */
export function readRedisUrl(text: string): RedisAddress {
  const [, scheme, suffix, rest] = /^(rediss?)(\+cluster|\+sentinel)?:\/\/(.+)$/s.exec(text.trim()) ?? [];
  if (scheme === undefined || rest === undefined) throw refusal('REDIS_URL is no address of a Redis.');
  const isEncrypted = scheme === 'rediss';
  const urls = rest.split(',').map((part) => {
    const url = URL.parse(`redis://${part.trim().replace(/^rediss?(\+\w+)?:\/\//, '')}`);
    if (!url?.hostname) throw refusal('REDIS_URL is no address of a Redis.');
    return url;
  });
  const [first, last] = [urls[0]!, urls.at(-1)!];
  if (urls.some((url) => url.username + url.password !== '' && credentialsOf(url) !== credentialsOf(first)))
    throw refusal('REDIS_URL gives its nodes different users or passwords, and the nodes of one cluster share them.');
  const form = urls.length > 1 && !suffix ? 'cluster' : forms[(suffix ?? '') as keyof typeof forms];
  const path = last.pathname.split('/').slice(1);
  const master = form === 'sentinels' ? decodeURIComponent(path.shift() ?? '') : '';
  if (form === 'sentinels' && master === '') throw refusal('REDIS_URL does not say which master the sentinels watch.');
  const database = path[0] || '0';
  if (!/^\d{1,5}$/.test(database) || path.length > 1) throw refusal('REDIS_URL names no database of a Redis.');
  if (form === 'cluster' && database !== '0') throw refusal('REDIS_URL names a database, and a cluster has only one.');
  return {
    form,
    nodes: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port) || usualPort[form],
    })),
    isEncrypted,
    database: Number(database),
    ...(first.username && { username: decodeURIComponent(first.username) }),
    ...(first.password && { password: decodeURIComponent(first.password) }),
    ...(master && { master }),
  };
}

export function isRedisUrl(text: string): boolean {
  try {
    readRedisUrl(text);
    return true;
  } catch {
    return false;
  }
}

const credentialsOf = ({ username, password }: URL) => `${username}:${password}`;

function refusal(sentence: string): StartRefusal {
  return new StartRefusal(
    sentence,
    'Set REDIS_URL to an address, for example redis://127.0.0.1:6379; the nodes of a cluster stand with commas between.',
  );
}
