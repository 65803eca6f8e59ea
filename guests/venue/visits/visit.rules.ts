/** Who was in which place, and for how long. Instants are milliseconds since 1970. */

export interface Visit {
  placeId: string;
  enteredAt: number;
  lastAt: number;
}

/** Whoever was not seen in a place for so long has left it. */
export const awayMs = 600_000;

/** Visits of one person, with what was seen of that person in places added to them: in place, or as visits of their own at the end. */
export function extended<Known extends Visit>(
  visits: readonly Known[],
  seen: readonly { placeId: string; at: number }[],
): { changed: Known[]; begun: Visit[] } {
  const all: Visit[] = visits.map((visit) => ({ ...visit }));
  for (const { placeId, at } of [...seen].sort((one, other) => one.at - other.at)) {
    const visit = all.find(
      (one) => one.placeId === placeId && at >= one.enteredAt - awayMs && at <= one.lastAt + awayMs,
    );
    if (!visit) all.push({ placeId, enteredAt: at, lastAt: at });
    else {
      visit.enteredAt = Math.min(visit.enteredAt, at);
      visit.lastAt = Math.max(visit.lastAt, at);
    }
  }
  const changed = (all.slice(0, visits.length) as Known[]).filter(
    ({ enteredAt, lastAt }, n) => enteredAt !== visits[n]!.enteredAt || lastAt !== visits[n]!.lastAt,
  );
  return { changed, begun: all.slice(visits.length) };
}

export const minutesOf = ({ enteredAt, lastAt }: Visit): number => Math.floor((lastAt - enteredAt) / 60_000);
