import { withRole } from '../../../shared/identity.ts';
import { acceptedReason, optionalReason } from '../../../shared/subgraph/reason.ts';
import type { Resolvers, WebhookType } from '../schema.generated.ts';
import { enumOf, typeOf } from './webhook.rules.ts';

/** Webhooks, for operators. */
export const webhookResolvers = {
  Query: {
    webhooks: (_, __, { viewer, webhooks }) => (withRole(viewer, 'OPERATOR'), webhooks.list()),
    webhookDeliveries: (_, { webhookId, state = null, ...asked }, { viewer, webhooks }) => (
      withRole(viewer, 'OPERATOR'),
      webhooks.deliveries(webhookId, state, asked)
    ),
  },
  Mutation: {
    createWebhook: async (_, { input: { description, types, url }, reason }, { operator, webhooks }) => {
      const wanted = { url, types: types.map(typeOf), description: description ?? '' };
      return webhooks.create(await operator('CREATE_WEBHOOK', null), wanted, optionalReason(reason));
    },
    updateWebhook: async (_, { id, input: { types, ...input }, reason }, { operator, webhooks }) => {
      const named = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
      const changes = { ...named, ...(types && { types: types.map(typeOf) }) };
      return webhooks.change(await operator('UPDATE_WEBHOOK', id), id, changes, optionalReason(reason));
    },
    rotateWebhookKey: async (_, { id, overlapHours, reason }, { operator, webhooks }) =>
      webhooks.rotate(await operator('ROTATE_WEBHOOK_KEY', id), id, overlapHours ?? 24, optionalReason(reason)),
    deleteWebhook: async (_, { id, reason }, { operator, webhooks }) =>
      webhooks.remove(await operator('DELETE_WEBHOOK', id), id, acceptedReason(reason)),
    resendWebhookDeliveries: async (_, { webhookId, ids = null }, { operator, webhooks }) =>
      webhooks.resend(await operator('RESEND_WEBHOOK_DELIVERIES', webhookId), webhookId, ids),
  },
  Webhook: {
    types: ({ types }) => types.map((type) => enumOf(type) as WebhookType),
    enabled: ({ disabledFor }) => disabledFor === null,
  },
  WebhookDelivery: {
    type: ({ type }) => enumOf(type) as WebhookType,
    user: ({ userId }) => (userId === null ? null : { id: userId }),
  },
} satisfies Resolvers;
