import { Supergraph } from '@apollo/federation-internals';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { loadSupergraph } from './gateway/supergraph/supergraph.ts';

/** Resolver types per subgraph from its own SDL, and typed documents for the web client from the composed one. */
const scalars = {
  ID: 'string',
  DateTime: { input: 'Date', output: 'Date' },
  JSON: 'unknown',
  Long: 'number',
};

function subgraph(folder: string, mappers: Record<string, string>): CodegenConfig['generates'] {
  return {
    [`${folder}/schema.generated.ts`]: {
      schema: `${folder}/schema.graphql`,
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        useIndexSignature: true,
        useTypeImports: true,
        enumsAsTypes: true,
        avoidOptionals: { field: true },
        contextType: './context.ts#Context',
        mappers,
        scalars,
      },
    },
  };
}

/** What clients see of the graph. */
const composed = printSchema(
  Supergraph.build(loadSupergraph({ file: 'supergraph.yaml' }))
    .apiSchema()
    .toGraphQLJSSchema(),
);

/** `of.graphql` -> `of.generated.ts`: each operation as a typed document, parsed already. */
function operations(of: string): CodegenConfig['generates'] {
  return {
    [`client/${of}.generated.ts`]: {
      schema: composed,
      documents: `client/${of}.graphql`,
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { ...scalars, DateTime: 'string' },
      },
    },
  };
}

const config: CodegenConfig = {
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    ...subgraph('subgraphs/auth', {
      SignInProvider: './signIn/providers.ts#Provider',
      User: './entities.ts#StoredUser',
      AuditEntry: './audit/auditStore.ts#AuditRow',
      DeadLetter: '../../shared/delivery/deadLetterDesk.ts#ListedLetter',
    }),
    ...subgraph('subgraphs/catalog', {
      Quest: './definition/definition.rules.ts#Quest as DefinedQuest',
      Reward: './definition/definition.rules.ts#Reward as DefinedReward',
      Objective: './definition/definition.rules.ts#Objective as DefinedObjective',
      ImportedQuest: './store.ts#Imported',
    }),
    ...subgraph('subgraphs/progress', {
      User: './context.ts#UserRef',
      Quest: './context.ts#UserRef',
      Wallet: './context.ts#WalletOf',
      QuestProgress: './enrolments/standings.ts#ProgressOn',
      PeriodMark: './calendar/periods.rules.ts#MarkedPeriod',
      Explanation: './explaining/explainStore.ts#Explanation as StoredExplanation',
      ExplainedEvent: './explaining/explainStore.ts#ExplainedEvent as StoredExplainedEvent',
      ObjectiveProgress: './enrolments/standing.rules.ts#ObjectiveStanding',
      Completion: './completions/completionStore.ts#Completion as StoredCompletion',
      QuestCompleted: './completions/completionStore.ts#Completion as StoredCompletion',
      CompletionConnection: './context.ts#Completions',
      Event: './events/eventStore.ts#RecordedEvent',
      EventConnection: './events/eventStore.ts#EventPage',
      LedgerEntry: './wallet/ledgerStore.ts#LedgerLine',
      Grant: './wallet/grantStore.ts#Grant as StoredGrant',
      BackfillJob: './backfill/backfillDesk.ts#ListedBackfill',
      Pause: './pauses/pauseDesk.ts#ListedPause',
      Webhook: './webhooks/webhookDesk.ts#ListedWebhook',
      WebhookDelivery: './webhooks/deliveryStore.ts#Delivery',
      Compensation: './pauses/compensationDesk.ts#ListedCompensation',
      CompensatedQuest: './pauses/compensation.rules.ts#CompensatedQuest as StoredCompensatedQuest',
      QuestStat: './completions/completionStore.ts#QuestStat as StoredStat',
      DeadLetter: '../../shared/delivery/deadLetterDesk.ts#ListedLetter',
    }),
    ...subgraph('guests/quotes', {
      User: './context.ts#UserRef',
      Quote: './context.ts#ShownQuote',
      QuoteStat: './history/historyStore.ts#SymbolCount',
      LookedUpQuote: './history/historyStore.ts#LookedUp',
    }),
    ...subgraph('guests/alerts', {
      User: './context.ts#UserRef',
      Alert: './posts/postStore.ts#Post',
      AlertPosted: './timeline/timelineStore.ts#Entry',
    }),
    ...subgraph('guests/venue', {
      User: './context.ts#UserRef',
      Place: './places/placeStore.ts#Place as StoredPlace',
      Encounter: './encounters/closeness.rules.ts#Encounter as StoredEncounter',
    }),
    ...operations('session'),
    ...operations('game/operations'),
    ...operations('operator/operations'),
    ...operations('operator/backfills/backfills'),
    ...operations('operator/pauses/pauses'),
    ...operations('operator/webhooks/webhooks'),
    ...operations('operator/events/events'),
    ...operations('operator/overview/overview'),
  },
};

export default config;
