import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import jsonwebtoken from 'jsonwebtoken';

export interface Grant {
  subject: string;
  codeVerifier: string;
  nonce: string;
  /** Instead of what the provider would say. */
  claims?: object;
}

/** A small OpenID Connect provider: discovery, keys, and codes that can be exchanged once, by whoever has the verifier and the secret. */
export async function openProvider() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const client = { clientId: 'questline', clientSecret: 'a secret of the test' };
  const granted = new Map<string, Grant>();
  let trouble: 'none' | 'silent' | 'broken' = 'none';

  const exchange = (form: URLSearchParams, authorization: string | undefined) => {
    const basic = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    const [id, secret] = basic.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    const shown = id ? { id, secret } : { id: form.get('client_id'), secret: form.get('client_secret') };
    if (shown.id !== client.clientId || shown.secret !== client.clientSecret) return { error: 'invalid_client' };
    const code = form.get('code') ?? '';
    const grant = granted.get(code);
    granted.delete(code);
    if (grant?.codeVerifier !== form.get('code_verifier')) return { error: 'invalid_grant' };
    const exp = Math.floor(Date.now() / 1000) + 60;
    const { nonce, subject: sub, claims } = grant!;
    const payload = { iss: issuer, aud: client.clientId, sub, nonce, exp, ...claims };
    const id_token = jsonwebtoken.sign(payload, privateKey, { algorithm: 'RS256', keyid: 'one' });
    return { access_token: randomUUID(), token_type: 'Bearer', id_token };
  };

  const answerTo = async (request: IncomingMessage, response: ServerResponse) => {
    if (trouble === 'silent') return;
    const answer = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (trouble === 'broken') return void response.writeHead(503).end('<html>');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/.well-known/openid-configuration')
      answer({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    else if (request.url === '/keys')
      answer({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] });
    else {
      const tokens = exchange(new URLSearchParams(Buffer.concat(chunks).toString()), request.headers.authorization);
      answer(tokens, 'error' in tokens ? (tokens.error === 'invalid_client' ? 401 : 400) : 200);
    }
  };
  const server = createServer((request, response) => void answerTo(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    settings: { name: 'example', issuer, ...client },
    /** What a client brings back after the player has signed in at the provider. */
    visit(subject: string, changes: Partial<Grant> = {}) {
      const [code, state, nonce] = [randomUUID(), randomUUID(), randomUUID()];
      const codeVerifier = createHash('sha256').update(code).digest('base64url');
      granted.set(code, { subject, codeVerifier, nonce, ...changes });
      const callbackUrl = `https://game.example/back?code=${code}&state=${state}`;
      return { provider: 'example', callbackUrl, codeVerifier, state: String(state), nonce: String(nonce) };
    },
    trouble(now: typeof trouble) {
      trouble = now;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
