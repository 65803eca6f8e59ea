import type { EventEnvelope } from '../../shared/events.ts';
import type { ConditionTerms, ObjectiveTerms, QuestTerms } from '../../shared/questTerms.rules.ts';
import { type OraclePause, inARow, periodOf } from './oracleRows.ts';

/**
 * The specification of counting, written down a second time and as plainly as it can be said: each quest keeps every event that counts for it, and
 * all of them are counted again whenever one comes. It shares nothing with the rules that it judges, is slow, and knows players who live in UTC.
 */

/** A completion, as a line of text: quest, version, number, step and the instant of the event that completed it. */
export type Line = string;

/** What counts for a quest, in one period where it begins anew. */
interface Kept {
  /** Events that count. */
  counting: EventEnvelope[];
  /** Events that came while the quest was not open to the player, and do not count. */
  before: EventEnvelope[];
  completions: number;
  /** Of a quest that was edited. */
  attempt: Attempt;
  /** When the completions happened; of a quest with a cooldown nothing counts for a while after any of them. */
  completedAt: number[];
}

/** Which attempt is under way, by which version, and what each objective had come to when the first attempt by that version began. */
interface Attempt {
  terms: QuestTerms;
  begun: readonly number[];
  attempts: number;
  completions: number;
}

/** A quest whose edits the oracle knows: it counts events or sums alone, all of them, for all time. */
export const mayBeEdited = ({ objectives, completes, every, steps, requires, cooldownSeconds }: QuestTerms): boolean =>
  objectives.every(({ measure }) => measure === 'COUNT' || measure === 'SUM') &&
  (completes === 'ALL' || objectives.length === 1) &&
  every === null &&
  steps.length + requires.length + cooldownSeconds === 0;

const nothingKept = (terms: QuestTerms): Kept => ({
  counting: [],
  before: [],
  completions: 0,
  attempt: { terms, begun: terms.objectives.map(() => 0), attempts: 0, completions: 0 },
  completedAt: [],
});

export function openOracle() {
  const pauses: OraclePause[] = [];
  const quests: { terms: QuestTerms; periods: Map<number, Kept>; completions: number }[] = [];
  const isOpen = ({ requires }: QuestTerms) =>
    requires.every((id) => quests.some(({ terms, completions }) => terms.questId === id && completions > 0));

  /** An event, and after it those that its completions are themselves. `of`: the quest whose completion it is. */
  function happen(event: EventEnvelope, of: string | null, depth: number, lines: Line[]): void {
    const at = Date.parse(event.occurredAt);
    const earned: { quest: (typeof quests)[number]; step: number | null; version: number }[] = [];
    for (const quest of quests) {
      const { terms } = quest;
      if (!terms.objectives.some(isCounted(terms, event))) continue;
      const period = terms.every === null ? 0 : periodOf(terms.every, terms.timeZone, at);
      const kept = quest.periods.get(period) ?? nothingKept(terms);
      quest.periods.set(period, kept);
      // One that begins anew counts all of a period, once it is open.
      if (!isOpen(terms)) {
        (terms.every === null ? kept.before : kept.counting).push(event);
        continue;
      }
      const isCooling = kept.completedAt.some((since) => at >= since && at < since + terms.cooldownSeconds * 1000);
      if (terms.questId === of || isCooling) continue;
      kept.counting.push(event);
      if (mayBeEdited(terms)) {
        for (const version of attemptsDue(terms, kept)) earned.push({ quest, step: null, version });
        continue;
      }
      const due = dueOf(terms, kept, pauses);
      for (; kept.completions < due; kept.completions++) {
        const step = terms.steps.length === 0 ? null : kept.completions % terms.steps.length;
        earned.push({ quest, step, version: terms.version });
        kept.completedAt.push(at);
      }
    }
    const made = earned.map(({ quest, step, version }) => {
      const { questId } = quest.terms;
      lines.push(`${questId} ${version} ${++quest.completions} ${step} ${event.occurredAt}`);
      return { questId, event: { ...event, source: 'progress', type: 'QuestCompleted', data: { questId } } };
    });
    if (depth < 10) for (const one of made) happen(one.event, one.questId, depth + 1, lines);
  }

  return {
    publish(...published: QuestTerms[]): void {
      for (const terms of published) quests.push({ terms, periods: new Map(), completions: 0 });
    },
    /** The next version of a quest that may be edited. */
    edit(terms: QuestTerms): void {
      const quest = quests.find((one) => one.terms.questId === terms.questId)!;
      quest.terms = terms;
      for (const kept of quest.periods.values()) edited(terms, kept);
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

/** What each objective has come to altogether; the events that it counts are the same in all versions. */
const amountsOf = (terms: QuestTerms, { counting }: Kept): number[] =>
  terms.objectives.map((objective) => {
    const own = counting.filter((event) => isCounted(terms, event)(objective));
    if (objective.measure === 'COUNT') return own.length;
    return own.reduce((sum, { data }) => sum + (at(data, objective.of!) as number), 0);
  });

/** From here on the attempt under way counts by this version, after so many that have ended; it has come so far already. */
function goOn(terms: QuestTerms, kept: Kept, ended: number, toward: readonly number[]): void {
  const begun = amountsOf(terms, kept).map((amount, n) => amount - (toward[n] ?? 0));
  kept.attempt = { terms, begun, attempts: kept.attempt.attempts + ended, completions: kept.completions };
}

/** KEEP: an attempt that has begun ends by its own version. MOVE, or none has: what there is counts by the new one. */
function edited(terms: QuestTerms, kept: Kept): void {
  const { attempt } = kept;
  const ended = kept.completions - attempt.completions;
  const isOver = attempt.attempts + ended >= attempt.terms.duplication;
  const toward = amountsOf(terms, kept).map((amount, n) =>
    isOver ? 0 : Math.max(0, amount - attempt.begun[n]! - ended * attempt.terms.objectives[n]!.target),
  );
  const isKept = terms.inFlight === 'KEEP' && toward.some((amount) => amount > 0);
  goOn(isKept ? attempt.terms : terms, kept, ended, toward);
}

/** The versions of the completions that are due, one for each. An attempt that ends is followed by one of the newest version. */
function attemptsDue(newest: QuestTerms, kept: Kept): number[] {
  const { terms, begun, attempts, completions } = kept.attempt;
  const amounts = amountsOf(newest, kept).map((amount, n) => amount - begun[n]!);
  const worth = Math.min(...amounts.map((amount, n) => Math.floor(amount / terms.objectives[n]!.target)));
  const whole = Math.min(worth, Math.max(0, terms.duplication - attempts));
  if (terms === newest || whole <= 0) {
    const due = Math.max(0, completions + whole - kept.completions);
    kept.completions += due;
    return Array<number>(due).fill(terms.version);
  }
  kept.completions++;
  const isOver = attempts + 1 >= terms.duplication;
  const toward = amounts.map((amount, n) => (isOver ? 0 : amount - terms.objectives[n]!.target));
  goOn(newest, kept, 1, toward);
  return [terms.version, ...attemptsDue(newest, kept)];
}

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
