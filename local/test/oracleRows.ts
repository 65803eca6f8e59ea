import type { EventEnvelope } from '../../shared/events.ts';
import type { ObjectiveTerms, Period, QuestTerms } from '../../shared/questTerms.rules.ts';

/** What the oracle knows of periods and of rows of them. */

/** A time in which no streak is lost, in milliseconds since 1970; `questId` null: of all quests. */
export interface OraclePause {
  from: number;
  until: number;
  questId: string | null;
}

/** How a row of periods may be read so far. */
interface Row {
  attempts: number;
  length: number;
  frozen: number;
  last: number;
}

/**
 * Of periods in a row each `target` of a row is one; beyond them counts the longest row since the last one that was reached. What happens in the
 * hours of grace may fill the period before instead of its own, or, with another event in the same period, both. A period that was missed is passed
 * over when a pause touches it or its hours of grace, and else covered by a freeze. All ways to read that are tried, and the best one counts.
 */
export function inARow(
  { timeZone }: QuestTerms,
  objective: ObjectiveTerms,
  events: EventEnvelope[],
  from: number,
  pauses: readonly OraclePause[],
) {
  const { target, freezes, perPeriod } = objective;
  const period = objective.period!;
  const grace = objective.graceHours * hour;
  const spanOf = (instant: number) => periodOf(period, timeZone, instant);
  const isPaused = (span: number) => {
    const start = startOf(span, period, timeZone);
    const end = startOf(span + 1, period, timeZone) + grace;
    return pauses.some((pause) => pause.from < pause.until && pause.from < end && pause.until > start);
  };
  const missed = (one: number, other: number) =>
    Array.from({ length: other - one - 1 }, (_, n) => one + 1 + n).filter((span) => !isPaused(span)).length;
  const filled = (row: Row, last: number, length: number, frozen: number): Row =>
    length < target ? { ...row, last, length, frozen } : { attempts: row.attempts + 1, length: 0, frozen: 0, last };
  const goOn = (row: Row, span: number): Row[] => {
    if (row.length === 0 || row.last >= span) return [];
    const frozen = row.frozen + missed(row.last, span);
    return frozen <= freezes ? [filled(row, span, row.length + 1, frozen)] : [];
  };
  let rows: Row[] = [{ attempts: 0, length: 0, frozen: 0, last: -Infinity }];
  let [attempts, farthest] = [0, 0];
  const bySpan = Map.groupBy(events, ({ occurredAt }) => spanOf(Date.parse(occurredAt)));
  for (const [span, own] of [...bySpan].sort(([one], [other]) => one - other)) {
    if (span < from || own.length < perPeriod) continue;
    const isEarly = ({ occurredAt }: EventEnvelope) => Date.parse(occurredAt) < startOf(span, period, timeZone) + grace;
    const before = own.some(isEarly) ? rows.flatMap((row) => goOn(row, span - 1)) : [];
    const both = own.length > 1 ? [...rows, ...before] : rows;
    const next = [...before, ...both.flatMap((row) => [...goOn(row, span), filled(row, span, 1, 0)])];
    rows = [...new Map([...rows, ...next].map((row) => [Object.values(row).join(), row])).values()];
    attempts = Math.max(attempts, ...rows.map((row) => row.attempts));
    farthest = Math.max(farthest, ...rows.map((row) => row.attempts * target + row.length));
  }
  return { attempts, toward: farthest - attempts * target };
}

const hour = 3_600_000;

/** The first instant of a period. */
function startOf(span: number, period: Period, timeZone: string | null): number {
  const ahead = timeZone === 'Pacific/Kiritimati' ? 14 * hour : 0;
  if (period === 'MONTH') return Date.UTC(Math.floor(span / 12), span % 12) - ahead;
  return (period === 'DAY' ? span : span * 7 - 3) * 24 * hour - ahead;
}

/** UTC, or the one zone of the generator, which is always fourteen hours ahead. */
export function periodOf(period: Period, timeZone: string | null, instant: number): number {
  const local = new Date(instant + (timeZone === 'Pacific/Kiritimati' ? 14 : 0) * 3_600_000);
  const day = Math.floor(local.getTime() / 86_400_000);
  if (period === 'MONTH') return local.getUTCFullYear() * 12 + local.getUTCMonth();
  return period === 'DAY' ? day : Math.floor((day + 3) / 7);
}
