import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A way to a PostgreSQL that writes down each statement that is sent along it. */
export async function countStatements(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, database]) sockets.add(socket.on('error', () => socket.destroy()));
    client.on('data', statementsIn(statements));
    client.pipe(database).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  return {
    url: here.href,
    statements,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Messages are a letter and a length, but for the first, which has no letter. Q carries a statement; P a name and a statement. */
function statementsIn(statements: string[]): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let letters = 0;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= letters + 4) {
      const length = letters + rest.readInt32BE(letters);
      if (rest.length < length) return;
      const [kind, body] = [
        letters ? String.fromCharCode(rest[0]!) : '',
        rest.subarray(letters + 4, length).toString(),
      ];
      if (kind === 'Q') statements.push(body.split('\0')[0]!);
      if (kind === 'P') statements.push(body.split('\0')[1]!);
      rest = rest.subarray(length);
      letters = 1;
    }
  };
}
