import { Refusal, forbidden } from '../../shared/errors.ts';
import { type Viewer, signedIn } from '../../shared/identity.ts';
import type { Furniture } from '../../shared/subgraph/joined.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import { isUuid } from '../../shared/uuid.rules.ts';
import type { Encounter } from './encounters/closeness.rules.ts';
import { type Asked, findEncounters } from './encounters/encounters.ts';
import type { Ingest, Outcome } from './locations/ingest.ts';
import type { Location } from './locations/location.rules.ts';
import { findConsent, saveConsent } from './locations/personStore.ts';
import { type PlaceDraft, faultsOf } from './places/place.rules.ts';
import { type Place, findPlaces, removePlace, savePlace } from './places/placeStore.ts';

/** A user, known by the id alone. */
export interface UserRef {
  id: string;
}

/** What a resolver has at hand during one request. */
export interface Context {
  viewer: Viewer | null;
  /** Of the caller. */
  take(locations: readonly Location[]): Promise<Outcome[]>;
  share(on: boolean): Promise<UserRef>;
  findConsent(userId: string): Promise<boolean>;
  findEncounters(userId: string, asked: Asked): Promise<Encounter[]>;
  findPlaces(): Promise<Place[]>;
  createPlace(draft: PlaceDraft): Promise<Place>;
  removePlace(id: string): Promise<boolean>;
  /** The id of a user who is the caller. Throws FORBIDDEN: nobody reads where others were, operators neither. */
  own(userId: string): string;
  /** The caller, who must be an operator. Throws FORBIDDEN, and then it is on record. */
  operator(action: string, targetId: string | null): Promise<unknown>;
  findHealth: Furniture['findHealth'];
}

export const contextMaker =
  ({ database, commit, clock, findHealth, operators }: Furniture, ingest: Ingest) =>
  ({ viewer, requestId }: Caller): Context => {
    let places: Promise<Place[]> | undefined;
    return {
      viewer,
      take(locations) {
        const { id: userId } = signedIn(viewer);
        return ingest.take(locations.map((location) => ({ userId, location })));
      },
      async share(on) {
        const { id } = signedIn(viewer);
        await commit((transaction) => saveConsent(transaction, id, on));
        return { id };
      },
      findConsent: (userId) => findConsent(database.fork(), userId),
      findEncounters: (userId, asked) => findEncounters(database, userId, asked, clock()),
      findPlaces: () => (places ??= findPlaces(database.fork())),
      async createPlace(draft) {
        const faults = faultsOf(draft);
        if (faults.length > 0) throw new Refusal('BAD_USER_INPUT', faults.join(' '));
        return commit((transaction) => savePlace(transaction, draft));
      },
      async removePlace(id) {
        if (!isUuid(id) || !(await commit((transaction) => removePlace(transaction, id))))
          throw new Refusal('NOT_FOUND', 'There is no such place.');
        return true;
      },
      own(userId) {
        if (signedIn(viewer).id !== userId) throw forbidden();
        return userId;
      },
      operator: (action, targetId) => operators({ viewer, action, targetId, requestId, now: clock() }),
      findHealth,
    };
  };
