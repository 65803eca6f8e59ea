import { isTraceparent } from './process/tracing.ts';
import { type KeyObject, createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { QuestTerms } from './questTerms.rules.ts';

/** What was before and what is now, in few words; null: nothing. */
export interface Change {
  field: string;
  before: string | null;
  after: string | null;
}

/** What an operator did in a subgraph, or what somebody tried who is none. */
export interface AuditEntry {
  actorId: string;
  /** CREATE_QUEST, GRANT_REWARD ... */
  action: string;
  /** Whom or what it was done to, as the caller named it, and what that is called. */
  targetId: string | null;
  targetName: string | null;
  reason: string | null;
  changes: readonly Change[];
  outcome: 'DONE' | 'REFUSED';
  requestId: string;
}

/** Every event that crosses subgraphs, by name. Trusted services may send further types with payloads of their own. */
export interface EventPayloads {
  /** auth: a user's first sign-in; sent in the transaction that makes the user ACTIVE. */
  NewUserSignIn: { timeZone: string };
  /** auth: each later sign-in. */
  UserSignIn: { timeZone: string };
  /** auth: a user is there, for the first time on this calendar day of theirs: by a sign-in, or by a session that goes on. */
  UserActive: { timeZone: string };
  /** auth: calendar days of this user begin elsewhere from now on. */
  UserTimeZoneChanged: { timeZone: string };
  /** auth: a user was deleted for good; whoever keeps something of this user forgets it, and takes nothing more. */
  UserDeleted: Record<string, never>;
  /** catalog: a quest was created, changed or archived; the highest version wins. */
  QuestDefined: QuestTerms;
  /** progress: a player completed a quest for the nth time. */
  QuestCompleted: { completionId: string; questId: string; questVersion: number; number: number; autoClaimed: boolean };
  /** progress: a completion was paid. */
  RewardClaimed: { completionId: string; questId: string };
  /** catalog, progress: for auth's audit log. */
  OperatorActed: AuditEntry;
}
export type EventType = keyof EventPayloads;

export interface EventEnvelope<Data = unknown> {
  /** The sender's own id of the event; unique per source. The same id twice has one effect. */
  id: string;
  /** auth, catalog, progress, a subgraph that has joined them, or the name of a trusted service. */
  source: string;
  type: string;
  /** Of the envelope and its payload; receivers refuse versions that they do not know. */
  version: 1;
  /** Whom it concerns, and the partition in which order is kept; null for events about no user. */
  userId: string | null;
  /** RFC 3339, UTC */
  occurredAt: string;
  /** W3C Trace Context of its cause, when somebody traces that. */
  traceparent?: string;
  data: Data;
}

/** Builds an event of a known type, so that a payload that does not fit is a type error. */
export function event<T extends EventType>(
  type: T,
  facts: { id: string; source: string; userId: string | null; occurredAt: Date },
  data: EventPayloads[T],
): EventEnvelope<EventPayloads[T]> {
  return { ...facts, type, version: 1, occurredAt: facts.occurredAt.toISOString(), data };
}

/** Of these sources, the subgraphs that read their streams. In containers Redis lets no other subgraph do so (docker-compose.yml). */
const consumers: ReadonlyMap<string, readonly string[]> = new Map([
  ['auth', ['progress']],
  ['catalog', ['progress', 'auth']],
  ['progress', ['auth']],
]);

/** Of a subgraph that has joined them, progress counts the events, and auth keeps the audit entries. */
const consumersOfJoined = ['progress', 'auth'];

/** Trusted services are no subgraphs: they report by recordEvents, as `service:ID`. */
export const hasJoined = (source: string): boolean => !consumers.has(source) && !source.includes(':');

export const consumersOf = (source: string): readonly string[] => consumers.get(source) ?? consumersOfJoined;

/** Those of them that apply an event, and must have confirmed it before it leaves its outbox: auth keeps audit entries, progress counts all else. */
export function awaitedBy({ source, type }: Pick<EventEnvelope, 'source' | 'type'>): readonly string[] {
  return consumersOf(source).filter((subgraph) => (subgraph === 'auth') === (type === 'OperatorActed'));
}

/** Sealed entries are some hundred characters long, and a quest's terms some thousand. */
const largest = 262_144;

/** Does it have all that makes an event? What its payload is worth, its receiver finds out. */
function isEnvelope(value: Partial<EventEnvelope> | null): boolean {
  const isText = (text: unknown) => typeof text === 'string' && text !== '';
  return (
    value !== null &&
    [value.id, value.source, value.type].every(isText) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value.occurredAt ?? '') &&
    (value.userId === null || isText(value.userId)) &&
    (value.traceparent === undefined || isTraceparent(String(value.traceparent)))
  );
}

/** The key of one source, 64 hexadecimal digits, by the secret that the subgraphs share. */
export const sealKey = (secret: string, source: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', `event:${source}`, 32)).toString('hex');

/** Signs and checks what travels on the carrier, so that whoever can write to Redis still cannot make an event. */
export class Seal {
  readonly #secret: string | undefined;
  // As key objects: node builds one from a buffer anew for each signature, which takes five times as long as the signature.
  readonly #keys = new Map<string, KeyObject>();
  readonly #others: readonly Seal[];
  /** `accepted`: secrets by which others still seal, or seal already; what is closed here is closed by `secret`. */
  constructor(secret: string | undefined, accepted: readonly string[] = []) {
    this.#secret = secret;
    this.#others = accepted.map((other) => new Seal(other));
  }

  /** What a subgraph that has joined gets: it can seal and open the events of its own source and of no other. `key` is what `sealKey` makes. */
  static ofSource(source: string, key: string): Seal {
    const seal = new Seal(undefined);
    seal.#keys.set(source, createSecretKey(Buffer.from(key, 'hex')));
    return seal;
  }

  /** `signature.body`: HMAC-SHA256 by the source's own key, base64url, then the envelope as JSON. */
  close(source: string, body: string): string {
    return `${this.#sign(source, body).toString('base64url')}.${body}`;
  }

  /** The envelope of a sealed entry that came by the stream of `source`. Throws when it is forged, malformed, or of another version. */
  open(source: string, sealed: string): EventEnvelope {
    if (sealed.length > largest) throw new Error(`the entry is larger than ${largest} characters`);
    const dot = sealed.indexOf('.');
    const body = sealed.slice(dot + 1);
    const signature = Buffer.from(sealed.slice(0, Math.max(dot, 0)), 'base64url');
    if (![this, ...this.#others].some((seal) => seal.#isOf(source, body, signature)))
      throw new Error('the signature does not verify');
    const envelope = JSON.parse(body) as EventEnvelope;
    if (!isEnvelope(envelope)) throw new Error('the envelope is not whole');
    if (envelope.version !== 1) throw new Error(`version ${String(envelope.version)} is not known here`);
    if (envelope.source !== source) throw new Error('the source is not the owner of the stream');
    return envelope;
  }

  #isOf(source: string, body: string, signature: Buffer): boolean {
    const expected = this.#sign(source, body);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }

  #sign(source: string, body: string): Buffer {
    let key = this.#keys.get(source);
    if (!key) {
      if (this.#secret === undefined) throw new Error(`there is no key for events of ${source} here`);
      this.#keys.set(source, (key = createSecretKey(Buffer.from(sealKey(this.#secret, source), 'hex'))));
    }
    return createHmac('sha256', key).update(body).digest();
  }
}
