import { type GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { Refusal } from '../shared/errors.ts';
import type { LaterParts, SingleAnswer } from './answerOperation.ts';
import type { ReadOperation } from './documents/documents.ts';
import { type Report, asGraphQLError } from './errorReport.ts';
import type { AnswerHead } from './execution/answer/answerHeads.ts';
import type { DeliveredPart, ResultInParts, WrittenResult } from './execution/execution.ts';
import type { Caller } from './identity/forwarding.ts';
import type { Shedding } from './limits/shedding.ts';
import type { Graph } from './supergraph/graph.ts';

export interface TimedExecutionSettings {
  shedding: Shedding;
  report: Report;
  /** How long a query or a mutation may take as a whole, its deferred parts included. */
  deadlineMs: number;
}

/** Executes a query or a mutation that was read, in the order of their coming and in time. `inParts`: deferred fragments may follow. Never rejects. */
export type TimedExecution = (
  served: Graph,
  operation: ReadOperation,
  caller: Caller,
  inParts: boolean,
) => Promise<SingleAnswer>;

export function openExecution({ shedding, report, deadlineMs }: TimedExecutionSettings): TimedExecution {
  const refused = (error: unknown): SingleAnswer => ({
    kind: 'single',
    stage: 'request',
    errors: report([asGraphQLError(error)]),
  });
  const answerOf = ({ data, errors, head }: WrittenResult, { kind }: ReadOperation, caller: Caller): SingleAnswer => {
    const answer: SingleAnswer = { kind: 'single', stage: 'executed', data };
    if (errors) answer.errors = report(errors);
    if (head) answer.head = headFor(kind, caller, errors, head);
    return answer;
  };

  /** Parts that come after the time is over say so, whatever came of them. */
  async function* masked({ deliveries }: ResultInParts, isLate: () => boolean): LaterParts['deliveries'] {
    const part = ({ errors, ...each }: DeliveredPart) => {
      if (isLate()) return { ...each, data: 'null', errors: report([tooLong(OperationTypeNode.QUERY)]) };
      return errors ? { ...each, errors: report(errors) } : each;
    };
    for await (const { parts, ...delivery } of deliveries) yield { ...delivery, parts: parts.map(part) };
    return undefined;
  }

  return (served, operation, caller, inParts) =>
    new Promise((resolve) => {
      const abandoned = new AbortController();
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        abandoned.abort();
        // A mutation is answered in time too, but goes on: what has been sent may have been done.
        resolve(refused(tooLong(operation.kind)));
      }, deadlineMs);
      const abandon = () => abandoned.abort();
      caller.signal?.addEventListener('abort', abandon);
      const patient = { ...operation, caller: { ...caller, signal: abandoned.signal } };
      const run = async () => {
        if (!inParts) return resolve(answerOf(await served.execution.write(patient), operation, caller));
        const result = await served.execution.writeInParts(patient);
        const { pending, finished } = result;
        const answer = answerOf(result, operation, caller);
        if (pending.length > 0) answer.later = { pending, deliveries: masked(result, () => isLate) };
        resolve(answer);
        // It holds its place until nothing is asked for it any more.
        await finished;
      };
      shedding
        .admit(run)
        .catch((error: unknown) => resolve(refused(error)))
        .finally(() => {
          clearTimeout(timer);
          caller.signal?.removeEventListener('abort', abandon);
        });
    });
}

const tooLong = (type: OperationTypeNode) =>
  new Refusal(
    'OPERATION_TIMEOUT',
    type === OperationTypeNode.MUTATION
      ? 'The operation took too long. It may still be carried out.'
      : 'The operation took too long.',
  );

/** A mutation, an error, and whatever is for one caller is kept by no shared cache. */
function headFor(
  kind: OperationTypeNode,
  { authorization }: Caller,
  errors: readonly (GraphQLError | GraphQLFormattedError)[] | undefined,
  { headers, cacheControl }: AnswerHead,
): AnswerHead {
  if (kind !== OperationTypeNode.QUERY || errors || cacheControl === undefined) return { headers };
  const isPrivate = authorization !== undefined;
  return { headers, cacheControl: isPrivate ? cacheControl.replace('public', 'private') : cacheControl };
}
