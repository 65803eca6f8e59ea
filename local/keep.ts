import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartRefusal } from '../shared/process/environment.ts';

export interface Secrets {
  gatewaySecret: string;
  eventSecret: string;
  /** PEM, PKCS8, P-256 */
  signingKey: string;
}

/** Fresh secrets; every installation has its own. */
export function makeSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    gatewaySecret: randomBytes(32).toString('hex'),
    eventSecret: randomBytes(32).toString('hex'),
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The secrets of this machine's own system: made at its first start and kept beside its data, so that tokens outlive a restart. */
export function keepSecrets(folder: string): Secrets {
  const file = join(folder, 'secrets.json');
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(file)) writeFileSync(file, JSON.stringify(makeSecrets(), null, 2), { mode: 0o600, flag: 'wx' });
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  } catch (error) {
    throw new StartRefusal(
      `The folder ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      'Make it writable for this user, or choose another one with QUESTLINE_DATA.',
    );
  }
}
