import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** A name may stand for several machines: each connection begins with another of them, and goes on to the next that can be reached. */
export const inTurns: LookupFunction = (name, options, found) => {
  if (!options.all) return lookup(name, options, found);
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return found(error, []);
    const first = Math.floor(Math.random() * addresses.length);
    found(null, [...addresses.slice(first), ...addresses.slice(0, first)]);
  });
};
