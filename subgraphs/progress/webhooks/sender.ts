import { Agent, request } from 'undici';
import { type TargetSettings, ForbiddenAddress, guardedLookup, targetFault } from './target.ts';

/** What came of one attempt. */
export interface Outcome {
  kind: 'DELIVERED' | 'GONE' | 'STATUS' | 'REDIRECT' | 'CERTIFICATE' | 'ADDRESS' | 'TIMEOUT' | 'UNREACHABLE';
  /** Of HTTP; null: there was no answer. */
  status: number | null;
  /** For operators; null: it was delivered. Says nothing of what the target answered but the status. */
  fault: string | null;
  seconds: number;
}

export interface SenderSettings extends TargetSettings {
  /** For the whole of an attempt. */
  timeoutMs?: number;
  /** Certificate authorities beside those that Node knows. */
  ca?: string;
}

export interface Sender {
  /** Sends once. Resolves whatever happens, but rejects when `signal` ends it. */
  send(url: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Connections to one target at most. */
export const connectionsAtMost = 50;

/** Sends to targets over connections that are kept. Redirects are not followed, and what is answered is not read. */
export function openSender({ timeoutMs = 10_000, ca, ...targets }: SenderSettings): Sender {
  const agent = new Agent({
    connections: connectionsAtMost,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 16_384,
    connect: { lookup: guardedLookup(targets), timeout: timeoutMs, ...(ca && { ca }) },
  });
  const exchange = async (url: string, headers: Record<string, string>, body: string, signal: AbortSignal) => {
    const forbidden = targetFault(url, targets);
    if (forbidden) return { kind: 'ADDRESS', status: null, fault: forbidden } as const;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: agent,
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'questline-webhooks' },
        body,
        signal: AbortSignal.any([signal, late]),
      });
      answer.body.dump({ limit: 16_384 }).catch(() => undefined);
      return outcomeOf(answer.statusCode);
    } catch (error) {
      signal.throwIfAborted();
      return late.aborted ? timedOut(timeoutMs) : failureOf(error, timeoutMs);
    }
  };
  return {
    async send(...what) {
      const began = performance.now();
      return { ...(await exchange(...what)), seconds: (performance.now() - began) / 1000 };
    },
    stop: () => agent.destroy(),
  };
}

type Ended = Omit<Outcome, 'seconds'>;

function outcomeOf(status: number): Ended {
  if (status >= 200 && status < 300) return { kind: 'DELIVERED', status, fault: null };
  if (status === 410) return { kind: 'GONE', status, fault: 'The target says that it is gone for good (410).' };
  if (status >= 300 && status < 400)
    return { kind: 'REDIRECT', status, fault: `The target redirects (${status}), and redirects are not followed.` };
  return { kind: 'STATUS', status, fault: `The target answered ${status}.` };
}

const timedOut = (timeoutMs: number): Ended => ({
  kind: 'TIMEOUT',
  status: null,
  fault: `The target did not answer within ${timeoutMs / 1000} s.`,
});

/** By the codes of OpenSSL and Node. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet.',
  CERT_REVOKED: 'The certificate was revoked.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is signed by itself.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate comes from an authority that nobody here knows.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The chain of the certificate is not whole, or comes from an authority that nobody here knows.',
  UNABLE_TO_GET_ISSUER_CERT: 'The chain of the certificate is not whole.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'The chain of the certificate is not whole, or comes from an authority that nobody here knows.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host.',
};

function failureOf(error: unknown, timeoutMs: number): Ended {
  if (error instanceof ForbiddenAddress)
    return { kind: 'ADDRESS', status: null, fault: 'The host has an address that is not on the public internet.' };
  const code = String((error as { code?: unknown }).code ?? 'no code');
  const certificate =
    certificateFaults[code] ?? (code.startsWith('CERT_') ? `The certificate is refused (${code}).` : null);
  if (certificate) return { kind: 'CERTIFICATE', status: null, fault: certificate };
  if (code.includes('TIMEOUT')) return timedOut(timeoutMs);
  return { kind: 'UNREACHABLE', status: null, fault: `The target cannot be reached (${code}).` };
}
