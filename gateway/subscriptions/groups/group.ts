import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Refusal } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/process/log.ts';
import {
  type TraceHeaders,
  carryTrace,
  currentTrace,
  isTracing,
  traceIn,
  traced,
} from '../../../shared/process/tracing.ts';
import { asInputFault } from '../../execution/answer/opaqueInput.ts';
import { maskSubgraph } from '../../execution/answer/subgraphErrors.ts';
import type { SubgraphAnswer, SubscriptionPlan, WrittenResult } from '../../execution/execution.ts';
import type { Caller } from '../../identity/forwarding.ts';
import type { Graph } from '../../supergraph/graph.ts';
import type { SubscriptionRequest } from './subscriptionRequest.ts';
import type { Member } from './member.ts';
import type { EndReason } from '../../metrics/subscriptionMetrics.ts';
import { type Resumable, resumable, takeCursor } from '../upstream/resumption.ts';
import type { Sources } from '../upstream/sources.ts';
import { Persistence, completeWhole, isWhole, passing } from './whole.ts';
import type { UpstreamRequest, UpstreamStream } from '../upstream/upstream.ts';

/** What all groups have in common. */
export interface GroupSettings {
  graph(): Graph;
  sources: Sources;
  log: Log;
  /** How long an event may wait for a subgraph that is away. */
  patienceMs: number;
  /** Codes of a subgraph's errors that clients may read, beside those of the gateway. */
  errorCodesOf(service: string): ReadonlySet<unknown>;
  /** An event went to everyone, and the group now stands at it. */
  moved(group: Group): void;
  /** It took so long to complete an event. */
  completed(ms: number): void;
  /** An event is tried once more. */
  retried(): void;
}

/** Everyone who asked for the same and may share it: one stream of the subgraph, and each of its events completed once. */
export class Group implements UpstreamStream {
  readonly key: string;
  readonly asked: SubscriptionRequest;
  readonly members = new Set<Member>();
  wasOpen?: boolean;
  /** Of the last event that the members have, or where they began. */
  cursor: string | undefined;
  /** It began at the present, so that who asks for "from now on" may join. */
  isLive: boolean;
  readonly #settings: GroupSettings;
  #caller: Caller;
  #plan: SubscriptionPlan;
  #resumable: Resumable | undefined;
  #isOpen = false;
  #openings = 0;
  readonly #persistence: Persistence;
  /** How many times the stream has become another one. */
  #changes = 0;

  /** Throws when the operation cannot be planned. */
  constructor(key: string, asked: SubscriptionRequest, settings: GroupSettings) {
    this.key = key;
    this.asked = asked;
    this.cursor = asked.after;
    this.isLive = asked.after === undefined;
    this.#settings = settings;
    this.#persistence = new Persistence(settings.patienceMs);
    this.#caller = this.#inNameOf(asked.caller);
    [this.#plan, this.#resumable] = this.#planned();
  }

  get field(): string {
    return this.#plan.rootField.name;
  }

  open(): void {
    this.#isOpen = true;
    this.#settings.sources.open(this.#plan.service, this.#plan.url, this);
  }

  close(): void {
    this.#isOpen = false;
    this.#settings.sources.close(this);
  }

  end(reason: EndReason, error?: Error): void {
    for (const member of [...this.members]) member.end(reason, error);
  }

  /** Members come and go, and their tokens end at different times: the stream goes on with the one that lives longest. */
  renew(): void {
    if (this.#caller.viewer === null) return; // everyone may see it, and nobody's token is used
    const endOf = ({ viewer }: Caller) => viewer?.expiresAt ?? 0;
    let longest: Caller | undefined;
    for (const { caller } of this.members) if (!longest || endOf(caller) > endOf(longest)) longest = caller;
    if (!longest || longest.authorization === this.#caller.authorization) return;
    this.#caller = this.#inNameOf(longest);
    [this.#plan, this.#resumable] = this.#planned();
  }

  /** Goes on by the plan of the graph that is served now; where that is another stream, it begins at the cursor. Throws when it cannot be planned. */
  replan(): void {
    const before = this.#plan;
    const wasAsked = this.#asked();
    [this.#plan, this.#resumable] = this.#planned();
    const isSame = before.service === this.#plan.service && before.url === this.#plan.url && wasAsked === this.#asked();
    if (!isSame) this.#changes++;
    if (!this.#isOpen || isSame) return;
    this.#settings.sources.close(this);
    this.#settings.sources.open(this.#plan.service, this.#plan.url, this);
  }

  request(): UpstreamRequest {
    this.#openings++;
    const { operationName, variables } = this.#plan;
    return {
      query: this.#resumable?.query ?? this.#plan.query,
      ...(operationName !== undefined && { operationName }),
      variables: this.#resumable?.variablesAfter(this.cursor) ?? variables,
      caller: this.#caller,
    };
  }

  next({ data, errors, extensions }: ExecutionResult): void {
    const answer: SubgraphAnswer = {
      data: data as Record<string, unknown>,
      ...(errors && { errors: errors.map((error) => this.#mask(error)) }),
    };
    // What the subgraph itself could not say at this moment it can say when it is asked for the event once more.
    if (this.#resumable && this.cursor !== undefined && !isWhole(answer)) {
      const pauseMs = this.#persistence.pause();
      if (pauseMs === undefined) return this.end('incomplete', incomplete(this.cursor));
      this.#settings.retried();
      return this.#settings.sources.again(this, pauseMs);
    }
    this.#persistence.succeeded();
    const cursor = takeCursor(answer, this.#plan);
    const members = [...this.members];
    const isWanted = () => members.some(({ queue }) => !queue.isLeft);
    const before = cursor === undefined ? undefined : this.cursor;
    const trace = isTracing() ? traceIn(extensions) : undefined;
    const complete = () => this.#complete(answer, isWanted, before);
    const result = trace ? this.#traced(trace, complete) : complete();
    result.catch(() => members.forEach((member) => (member.reason = 'incomplete')));
    if (cursor !== undefined) this.cursor = cursor;
    for (const member of members) member.take(result, this.cursor);
    this.#settings.moved(this);
  }

  /**
   * Rejects with where to go on when the event cannot be completed in time, so that its reader gets it later and whole. Where nobody could go on
   * before it, what there is of it must do.
   */
  async #complete(answer: SubgraphAnswer, isWanted: () => boolean, before: string | undefined): Promise<WrittenResult> {
    const { patienceMs, completed, retried } = this.#settings;
    const [plan, changes] = [this.#plan, this.#changes];
    const began = performance.now();
    try {
      // A later plan of the same stream has a token that still lives, and the subgraphs as they are now.
      const attempt = () => (changes === this.#changes ? this.#plan : plan).complete(answer);
      const result = await completeWhole(attempt, { patienceMs, isWanted, retried });
      if (before === undefined || isWhole(result)) return result;
    } catch (error) {
      const failure = new GraphQLError('An event could not be completed', { originalError: error as Error });
      return { data: 'null', errors: [failure] };
    } finally {
      completed(performance.now() - began);
    }
    throw incomplete(before);
  }

  /** What completes the event, and the frames of its readers, go on in the trace of its cause. */
  #traced(from: TraceHeaders, complete: () => Promise<WrittenResult>): Promise<WrittenResult> {
    const attributes = { 'questline.field': this.field, 'questline.members': this.members.size };
    return traced('subscription event', { kind: 'consumer', from, attributes }, async () => {
      const result = await complete();
      carryTrace(result, currentTrace());
      return result;
    });
  }

  /** A subgraph that has just come back may not be ready for a stream that it served before. */
  refused([first]: readonly GraphQLFormattedError[]): number | undefined {
    const { message, extensions } = this.#mask(first ?? { message: 'refused without a reason' });
    const isPatient = this.wasOpen && this.#openings > 1 && isPassing(extensions?.['code']);
    const pauseMs = isPatient ? this.#persistence.pause() : undefined;
    if (pauseMs !== undefined) return pauseMs;
    if (isPatient && this.cursor !== undefined) this.end('incomplete', incomplete(this.cursor));
    else this.end('failed', new GraphQLError(message, { ...(extensions && { extensions }) }));
    return undefined;
  }

  complete(): void {
    this.end('completed');
  }

  get #terms() {
    return this.#settings.graph().terms.streams[this.asked.field];
  }

  /** What everyone may see is asked for in nobody's name. Whoever it is may leave, and the others stay. */
  #inNameOf(caller: Caller): Caller {
    const nobody = { viewer: null, authorization: undefined };
    return { ...caller, ...(this.#terms?.isPublic && nobody), signal: undefined, isPatient: true };
  }

  #planned(): [SubscriptionPlan, Resumable | undefined] {
    const { execution } = this.#settings.graph();
    const plan = execution.planSubscription({ ...this.asked.operation, caller: this.#caller });
    const terms = this.#terms;
    return [plan, terms?.after === undefined ? undefined : resumable(plan, terms, execution.apiSchema)];
  }

  /** What is asked of the subgraph, wherever the stream stands. */
  #asked(): string {
    const { query, variables } = this.#plan;
    return JSON.stringify(
      this.#resumable ? [this.#resumable.query, this.#resumable.variablesAfter(undefined)] : [query, variables],
    );
  }

  #mask(error: GraphQLFormattedError | GraphQLError): GraphQLFormattedError {
    const formatted = error instanceof GraphQLError ? error.toJSON() : error;
    const told = this.#plan.hasOpaqueInput ? asInputFault(formatted) : formatted;
    const { log, errorCodesOf } = this.#settings;
    const { service } = this.#plan;
    const { requestId } = this.#caller;
    return maskSubgraph(told, { service, requestId, log, errorCodes: errorCodesOf(service) });
  }
}

const isPassing = (code: unknown) => code === 'INTERNAL_SERVER_ERROR' || passing.has(code);

const incomplete = (cursor: string) =>
  new Refusal(
    'SUBSCRIPTION_ENDED',
    'An event could not be completed: a part of the graph is not available. Subscribe again after the last one that you got.',
    { cursor },
  );
