/** Distances on the Earth as a sphere of its mean radius: at most half a percent from those on the ellipsoid. */

export interface Point {
  lat: number;
  lon: number;
}

const radiusM = 6_371_008.8;
const radians = Math.PI / 180;

/** Along the great circle, by the haversine formula, which is exact for small distances too. */
export function metersBetween(one: Point, other: Point): number {
  const half = Math.sin(((other.lat - one.lat) * radians) / 2);
  const across = Math.sin(((other.lon - one.lon) * radians) / 2);
  const square = half * half + Math.cos(one.lat * radians) * Math.cos(other.lat * radians) * across * across;
  return 2 * radiusM * Math.asin(Math.min(1, Math.sqrt(square)));
}

/** Degrees of latitude that are this far apart. */
export const degreesOfLatitude = (meters: number): number => meters / radiusM / radians;
