import type { EventEnvelope } from '../../shared/events.ts';
import type { ConditionTerms, ObjectiveTerms, Period, QuestTerms } from '../../shared/questTerms.rules.ts';

/**
 * The specification of counting, written down a second time and as plainly as it can be said: each quest keeps every event that counts for it, and
 * all of them are counted again whenever one comes. It shares nothing with the rules that it judges, is slow, and knows players who live in UTC.
 */

/** A completion, as a line of text: quest, number, step and the instant of the event that completed it. */
export type Line = string;

/** What counts for a quest, in one period where it begins anew. */
interface Kept {
  /** Events that count. */
  counting: EventEnvelope[];
  /** Events that came while the quest was not open to the player, and do not count. */
  before: EventEnvelope[];
  completions: number;
  /** When the completion happened after which nothing counts for a while. */
  cooledAt: number | null;
}

/** A time in which no streak is lost, in milliseconds since 1970; `questId` null: of all quests. */
export interface OraclePause {
  from: number;
  until: number;
  questId: string | null;
}

export function openOracle() {
  const pauses: OraclePause[] = [];
  const quests: { terms: QuestTerms; periods: Map<number, Kept>; completions: number }[] = [];
  const isOpen = ({ requires }: QuestTerms) =>
    requires.every((id) => quests.some(({ terms, completions }) => terms.questId === id && completions > 0));

  /** An event, and after it those that its completions are themselves. `of`: the quest whose completion it is. */
  function happen(event: EventEnvelope, of: string | null, depth: number, lines: Line[]): void {
    const at = Date.parse(event.occurredAt);
    const earned: { quest: (typeof quests)[number]; step: number | null }[] = [];
    for (const quest of quests) {
      const { terms } = quest;
      if (!terms.objectives.some(isCounted(terms, event))) continue;
      const period = terms.every === null ? 0 : periodOf(terms.every, terms.timeZone, at);
      const kept = quest.periods.get(period) ?? { counting: [], before: [], completions: 0, cooledAt: null };
      quest.periods.set(period, kept);
      // One that begins anew counts all of a period, once it is open.
      if (!isOpen(terms)) {
        (terms.every === null ? kept.before : kept.counting).push(event);
        continue;
      }
      const { cooledAt } = kept;
      const isCooling = cooledAt !== null && at >= cooledAt && at < cooledAt + terms.cooldownSeconds * 1000;
      if (terms.questId === of || isCooling) continue;
      kept.counting.push(event);
      const due = dueOf(terms, kept, pauses);
      for (; kept.completions < due; kept.completions++) {
        const step = terms.steps.length === 0 ? null : kept.completions % terms.steps.length;
        earned.push({ quest, step });
        if (terms.cooldownSeconds > 0) kept.cooledAt = Math.max(kept.cooledAt ?? -Infinity, at);
      }
    }
    const made = earned.map(({ quest, step }) => {
      const { questId } = quest.terms;
      lines.push(`${questId} ${++quest.completions} ${step} ${event.occurredAt}`);
      return { questId, event: { ...event, source: 'progress', type: 'QuestCompleted', data: { questId } } };
    });
    if (depth < 10) for (const one of made) happen(one.event, one.questId, depth + 1, lines);
  }

  return {
    publish(...published: QuestTerms[]): void {
      for (const terms of published) quests.push({ terms, periods: new Map(), completions: 0 });
    },
    pause(pause: OraclePause): void {
      pauses.push(pause);
    },
    /** One batch: what happened first comes first. */
    play(...events: EventEnvelope[]): Line[] {
      const lines: Line[] = [];
      const key = ({ occurredAt, id }: EventEnvelope) => `${occurredAt} ${id}`;
      for (const event of events.toSorted((one, other) => (key(one) < key(other) ? -1 : 1)))
        happen(event, null, 0, lines);
      return lines;
    },
  };
}

/** Does the event happen while the quest goes on? Of periods, the one in which the quest starts is the first as a whole. */
function isInWindow(terms: QuestTerms, { measure, period }: ObjectiveTerms, instant: number): boolean {
  const [start, end] = [Date.parse(terms.startsAt), terms.endsAt === null ? Infinity : Date.parse(terms.endsAt)];
  const of = (at: number) => periodOf(period!, terms.timeZone, at);
  if (measure === 'PERIODS' && terms.endsAt === null && terms.every === null) return of(instant) >= of(start);
  return instant >= start && instant < end;
}

const isCounted = (terms: QuestTerms, event: EventEnvelope) => (objective: ObjectiveTerms) =>
  isAbout(objective, event) && isInWindow(terms, objective, Date.parse(event.occurredAt));

/** Completions that are due by what counts. */
function dueOf(terms: QuestTerms, kept: Kept, pauses: readonly OraclePause[]): number {
  const own = pauses.filter(({ questId }) => questId === null || questId === terms.questId);
  const each = terms.objectives.map((objective) => reachedOf(terms, objective, kept, own));
  const whole = each.map(({ attempts }) => attempts);
  const worth = terms.completes === 'ANY' ? whole.reduce((sum, one) => sum + one, 0) : Math.min(...whole);
  const attempts = Math.min(worth, terms.duplication);
  if (terms.steps.length === 0) return attempts;
  const further = attempts === terms.duplication ? 0 : each[0]!.toward;
  return attempts * terms.steps.length + terms.steps.filter(({ target }) => target <= further).length;
}

/** How often an objective was reached, and how far it has come beyond that. */
function reachedOf(
  terms: QuestTerms,
  objective: ObjectiveTerms,
  { counting, before }: Kept,
  pauses: readonly OraclePause[],
) {
  const about = (events: EventEnvelope[]) => events.filter((event) => isCounted(terms, event)(objective));
  const { target } = objective;
  const whole = (amount: number) => ({ attempts: Math.floor(amount / target), toward: amount % target });
  const own = about(counting);
  const numbers = own.map((event) => at(event.data, objective.of ?? '')).filter(isAmount);
  switch (objective.measure) {
    case 'COUNT':
      return whole(own.length);
    case 'SUM':
      return whole(numbers.reduce((sum, one) => sum + one, 0));
    case 'MAX': {
      const most = Math.max(0, ...numbers);
      return { attempts: most >= target ? 1 : 0, toward: most };
    }
    case 'DISTINCT':
      return whole(new Set(own.map((event) => JSON.stringify(at(event.data, objective.of!))).filter(Boolean)).size);
    case 'PERIODS': {
      const span = (event: EventEnvelope) => periodOf(objective.period!, terms.timeZone, Date.parse(event.occurredAt));
      const filled = (events: EventEnvelope[]) =>
        [...Map.groupBy(events, span)].filter(([, all]) => all.length >= objective.perPeriod).map(([period]) => period);
      if (!objective.consecutive)
        return whole(filled([...about(before), ...own]).length - filled(about(before)).length);
      // A row begins after the last period in which something had happened before the quest was open.
      const last = Math.max(-Infinity, ...about(before).map(span));
      const first = Math.max(last + 1, periodOf(objective.period!, terms.timeZone, Date.parse(terms.startsAt)));
      return inARow(terms, objective, own, first, pauses);
    }
  }
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
function inARow(
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
function periodOf(period: Period, timeZone: string | null, instant: number): number {
  const local = new Date(instant + (timeZone === 'Pacific/Kiritimati' ? 14 : 0) * 3_600_000);
  const day = Math.floor(local.getTime() / 86_400_000);
  if (period === 'MONTH') return local.getUTCFullYear() * 12 + local.getUTCMonth();
  return period === 'DAY' ? day : Math.floor((day + 3) / 7);
}

function isAbout({ events, where, measure, of }: ObjectiveTerms, { type, data }: EventEnvelope): boolean {
  const types = events.includes('UserSignIn') ? [...events, 'NewUserSignIn'] : events;
  if (!types.includes(type) || !where.every((condition) => holds(condition, data))) return false;
  const found = at(data, of ?? '');
  if (measure === 'DISTINCT') return ['string', 'number', 'boolean'].includes(typeof found);
  return measure === 'SUM' || measure === 'MAX' ? isAmount(found) : true;
}

const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function at(data: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }, data);
}

function holds({ path, op, value: wanted }: ConditionTerms, data: unknown): boolean {
  const found = at(data, path);
  if (op === 'EXISTS') return (found !== undefined) === (wanted !== false);
  if (op === 'IN') return (wanted as unknown[]).some((one) => one === found);
  const isAlike = typeof found === typeof wanted && (found === null) === (wanted === null);
  if (!isAlike || (typeof found === 'object' && found !== null)) return false;
  const [one, other] = [found as number, wanted as number];
  switch (op) {
    case 'EQ':
      return found === wanted;
    case 'NE':
      return found !== wanted;
    case 'GT':
      return one > other;
    case 'GTE':
      return one >= other;
    case 'LT':
      return one < other;
    case 'LTE':
      return one <= other;
  }
}
