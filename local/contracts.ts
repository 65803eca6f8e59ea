import { join } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import type { Lock } from '../gateway/doors/grpc/proto/fieldNumbers.ts';
import { contractsOf } from '../gateway/operations/contracts.ts';
import { loadOperations } from '../gateway/operations/operations.ts';
import { loadSupergraph } from '../gateway/supergraph/supergraph.ts';
import type { Joining } from './joining.ts';

/** A committed file that clients of named operations rely on. */
export interface Contract {
  file: string;
  kind: 'openApi' | 'proto' | 'lock';
  text: string;
}

const ours = 'operations';

/** What clients of the three rely on. */
export function contractsOfThree(): Contract[] {
  const { openApi, proto, lock } = contractsOf(loadOperations(ours), schemaOf('supergraph.yaml'));
  return [
    { file: join(ours, 'openapi.json'), kind: 'openApi', text: openApi },
    { file: 'proto/questline.proto', kind: 'proto', text: proto! },
    { file: join(ours, 'grpc.lock.json'), kind: 'lock', text: lock! },
  ];
}

/** What clients of subgraphs that join rely on, beside the operations of each: methods of the same service, and messages of their own. */
export function contractsOfJoining({ supergraph, operations }: Pick<Joining, 'supergraph' | 'operations'>): Contract[] {
  const schema = schemaOf(supergraph);
  const numbered = loadOperations(ours).grpc!.lock;
  return operations.flatMap((folder): Contract[] => {
    const { grpc } = loadOperations(ours, folder);
    const { openApi, proto, lock } = contractsOf({ ...loadOperations(folder), grpc: grpc! }, schema);
    const own = Object.entries(JSON.parse(lock!) as Lock).filter(([message]) => !Object.hasOwn(numbered, message));
    return [
      { file: join(folder, 'openapi.json'), kind: 'openApi', text: openApi },
      { file: join(folder, 'operations.proto'), kind: 'proto', text: proto! },
      {
        file: join(folder, 'grpc.lock.json'),
        kind: 'lock',
        text: `${JSON.stringify(Object.fromEntries(own), null, 2)}\n`,
      },
    ];
  });
}

const schemaOf = (supergraph: string) =>
  Supergraph.build(loadSupergraph({ file: supergraph }))
    .apiSchema()
    .toGraphQLJSSchema();
