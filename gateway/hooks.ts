import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentNode, GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { StartRefusal } from '../shared/process/environment.ts';
import type { Viewer } from '../shared/identity.ts';
import type { DoorName } from './metrics/traffic.ts';

/** What came in, before anything of it is read but its protocol. */
export interface RequestFacts {
  readonly door: DoorName;
  readonly requestId: string;
  /** Where the client is, as far as trusted proxies tell. */
  readonly address: string;
}

/** An operation that may be executed: it is valid, and within every limit. */
export interface OperationFacts extends RequestFacts {
  readonly kind: OperationTypeNode;
  readonly name: string | undefined;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly viewer: Viewer | null;
}

/** A request to a subgraph. Equal ones of one caller at the same time are one, and those of events may be several callers' together. */
export interface FetchFacts {
  readonly service: string;
  readonly url: string;
  readonly requestId: string;
  /** Sets a header of this request, in lower case. */
  setHeader(name: string, value: string): void;
}

export interface AnswerFacts extends RequestFacts {
  /** Absent when the document could not be read. */
  readonly kind?: OperationTypeNode | undefined;
  readonly name?: string | undefined;
  readonly milliseconds: number;
  /** As the client gets them. */
  readonly errors: readonly GraphQLFormattedError[];
}

/**
 * What others may do at four places of every query, mutation and subscription. A `Refusal` or `GraphQLError` that `onRequest` or `onOperation`
 * throws is the client's answer, masked like every other; what the others throw is logged and changes nothing.
 */
export interface GatewayHooks {
  onRequest?(request: RequestFacts): void | Promise<void>;
  onOperation?(operation: OperationFacts): void | Promise<void>;
  onFetch?(fetch: FetchFacts): void;
  /** Of a subscription: once, when it is accepted or refused. */
  onAnswer?(answer: AnswerFacts): void;
}

/** Loads the default export of a module. */
export async function loadHooks(file: string): Promise<GatewayHooks> {
  try {
    const { default: hooks } = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    if (typeof hooks === 'object' && hooks !== null) return hooks;
  } catch (error) {
    throw new StartRefusal(
      `The hooks ${file} cannot be loaded: ${String(error).slice(0, 300)}`,
      'docs/gateway-hooks.md has an example.',
    );
  }
  throw new StartRefusal(`The hooks ${file} have no default export.`, 'docs/gateway-hooks.md has an example.');
}
