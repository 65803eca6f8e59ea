/** The arguments of a redis-server on loopback that writes nothing to disc unless it is told to. */
export const redisArguments = (port: number, folder: string): string[] => [
  ...['--port', String(port), '--bind', '127.0.0.1'],
  ...['--save', '', '--appendonly', 'no', '--dir', folder],
];
