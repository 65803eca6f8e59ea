import { cellToCenterChild, getHexagonEdgeLengthAvg, gridDisk, latLngToCell, cellToParent } from 'h3-js';
import { type Closeness, type Sighting, minuteOf } from './closeness.rules.ts';
import type { Point } from './distance.rules.ts';

/**
 * Fixes are indexed by the minute and the H3 cell of resolution 12, ten metres along an edge. The cells of a coarser resolution are ranges of these:
 * an H3 id is a path from the coarsest cell down, three bits a step, seven children a cell.
 */
const stored = 12;
/** Where a digit of an id stands that is not used, all bits of it are set. */
const digitsInAll = 15;

/** Of a distance: the finest resolution at which whoever is that close lies in the same cell or a neighbour of it. */
export function resolutionFor(meters: number): number {
  let resolution = stored;
  // Edges are down to half of their average; and ranges of children stick out of their cell by a part of an edge.
  while (getHexagonEdgeLengthAvg(resolution, 'm') * (resolution === stored ? 0.5 : 0.25) < meters) resolution--;
  return resolution;
}

const numberOf = (cell: string): bigint => BigInt(`0x${cell}`);

/** Of a fix, as it is stored. */
export const cellOf = ({ lat, lon }: Point): string => numberOf(latLngToCell(lat, lon, stored)).toString();

/** Cells of one minute, from the first to the last. */
export interface Range {
  minute: number;
  low: bigint;
  high: bigint;
}

/** Where in the index everybody stands who may be close to one of these. */
export function rangesAround(sightings: readonly Sighting[], { meters, ms }: Closeness): Range[] {
  const resolution = resolutionFor(meters);
  const byMinute = new Map<number, Set<string>>();
  for (const { lat, lon, at } of sightings) {
    // By way of the stored cell, since that is what the others are found by.
    const cell = cellToParent(latLngToCell(lat, lon, stored), resolution);
    for (let minute = minuteOf(at - ms); minute <= minuteOf(at + ms); minute++) {
      const cells = byMinute.get(minute) ?? new Set();
      byMinute.set(minute, cells.add(cell));
    }
  }
  const disks = new Map<string, readonly string[]>();
  const diskOf = (cell: string) => {
    const known = disks.get(cell) ?? gridDisk(cell, 1);
    disks.set(cell, known);
    return known;
  };
  return [...byMinute].flatMap(([minute, cells]) =>
    joined(new Set([...cells].flatMap(diskOf)), resolution).map((range) => ({ minute, ...range })),
  );
}

/** The ranges of these cells, those that follow each other as one. */
function joined(cells: ReadonlySet<string>, resolution: number): { low: bigint; high: bigint }[] {
  const shift = 3n * BigInt(digitsInAll - stored);
  // The last child has a 6 at each step below.
  const last = Array.from({ length: stored - resolution }).reduce<bigint>((digits) => (digits << 3n) | 6n, 0n) << shift;
  const lows = [...cells].map((cell) => numberOf(cellToCenterChild(cell, stored))).sort((a, b) => (a < b ? -1 : 1));
  const ranges: { low: bigint; high: bigint }[] = [];
  const step = 1n << (shift + 3n * BigInt(stored - resolution));
  for (const low of lows) {
    const before = ranges.at(-1);
    if (before && low - (before.high - last) === step) before.high = low + last;
    else ranges.push({ low, high: low + last });
  }
  return ranges;
}
