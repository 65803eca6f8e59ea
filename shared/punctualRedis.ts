import { Redis, type RedisOptions } from 'ioredis';

type Options = RedisOptions & { replyMapping?: 'legacy' };
type Command = Parameters<Redis['sendCommand']>[0];
type Stream = Parameters<Redis['sendCommand']>[1];

/**
 * A connection whose `commandTimeout` is about Redis alone: an answer that came while this process was busy has come. After the timer, what lies
 * in the socket is read before the command is given up.
 */
export class PunctualRedis extends Redis {
  readonly #lateMs: number | undefined;
  readonly #timed = new WeakSet<Command>();

  constructor(url: string, { commandTimeout, ...options }: Options) {
    super(url, options);
    this.#lateMs = commandTimeout;
  }

  override sendCommand(command: Command, stream?: Stream): unknown {
    if (this.#lateMs !== undefined && !this.#timed.has(command)) {
      // What waited for a connection is sent a second time.
      this.#timed.add(command);
      const giveUp = () => command.reject(new Error('Redis is late'));
      const timer = setTimeout(() => setImmediate(giveUp), this.#lateMs);
      const end = () => clearTimeout(timer);
      command.promise.then(end, end);
    }
    return super.sendCommand(command, stream);
  }
}
