import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

type ServerOptions = RedisOptions & { replyMapping?: 'legacy' };
type NodesOptions = ClusterOptions & { redisOptions?: ClusterOptions['redisOptions'] & { replyMapping?: 'legacy' } };
type Command = Parameters<Redis['sendCommand']>[0];
type Stream = Parameters<Redis['sendCommand']>[1];
type Node = Parameters<Cluster['sendCommand']>[2];

/**
 * A time limit that is about Redis alone: an answer that came while this process was busy has come. After the timer, what lies in the socket
 * is read before the command is given up.
 */
class TimeLimit {
  readonly #lateMs: number | undefined;
  /** What waited for a connection is sent a second time, and what a cluster redirects has a new promise. */
  readonly #timed = new WeakMap<Command, unknown>();

  constructor(lateMs: number | undefined) {
    this.#lateMs = lateMs;
  }

  begin(command: Command): void {
    if (this.#lateMs === undefined || this.#timed.get(command) === command.promise) return;
    this.#timed.set(command, command.promise);
    const giveUp = () => command.reject(new Error('Redis is late'));
    const timer = setTimeout(() => setImmediate(giveUp), this.#lateMs);
    const end = () => clearTimeout(timer);
    command.promise.then(end, end);
  }
}

/** A connection to one server whose `commandTimeout` is such a limit. */
export class PunctualRedis extends Redis {
  readonly #limit: TimeLimit;

  constructor({ commandTimeout, ...options }: ServerOptions) {
    super(options);
    this.#limit = new TimeLimit(commandTimeout);
  }

  override sendCommand(command: Command, stream?: Stream): unknown {
    this.#limit.begin(command);
    return super.sendCommand(command, stream);
  }
}

/** The same for a cluster: the limit is about all redirections of a command together. */
export class PunctualCluster extends Cluster {
  readonly #limit: TimeLimit;

  constructor(nodes: ClusterNode[], lateMs: number | undefined, options: NodesOptions) {
    super(nodes, options);
    this.#limit = new TimeLimit(lateMs);
  }

  override sendCommand(command: Command, stream?: Stream, node?: Node): unknown {
    // Asking for the slots is the cluster's own business, and has its own limit.
    if (command.name !== 'cluster') this.#limit.begin(command);
    return super.sendCommand(command, stream, node);
  }
}
