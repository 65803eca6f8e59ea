import { signedIn, withRole } from '../../shared/identity.ts';
import { isInside } from './places/place.rules.ts';
import type { Resolvers } from './schema.generated.ts';

export const resolvers: Resolvers = {
  Query: {
    places: (_, __, { viewer, findPlaces }) => (signedIn(viewer), findPlaces()),
    person: (_, { id }, { own }) => ({ id: own(id) }),
    venueHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
  },
  Mutation: {
    shareLocation: (_, { on }, { share }) => share(on),
    async ingestLocations(_, { locations }, { take }) {
      const outcomes = await take(locations.map((one) => ({ ...one, capturedAt: one.capturedAt.getTime() })));
      const refused = outcomes.flatMap((reason, index) =>
        reason === undefined ? [] : [{ index, deviceEventId: locations[index]!.deviceEventId, reason }],
      );
      return { accepted: outcomes.length - refused.length, refused };
    },
    async createPlace(_, { input }, { operator, createPlace }) {
      await operator('CREATE_PLACE', input.name);
      return createPlace(input);
    },
    async removePlace(_, { id }, { operator, removePlace }) {
      await operator('REMOVE_PLACE', id);
      return removePlace(id);
    },
  },
  Encounter: {
    other: ({ otherId }) => ({ id: otherId }),
    firstAt: ({ firstAt }) => new Date(firstAt),
    lastAt: ({ lastAt }) => new Date(lastAt),
    place: async ({ begunAt }, _, { findPlaces }) =>
      (await findPlaces()).find(({ corners }) => isInside(begunAt, corners)) ?? null,
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    sharesLocation: ({ id }, _, { own, findConsent }) => findConsent(own(id)),
    encounters: ({ id }, asked, { own, findEncounters }) => findEncounters(own(id), asked),
  },
};
