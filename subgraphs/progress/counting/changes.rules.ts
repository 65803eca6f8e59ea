import type { EventEnvelope } from '../../../shared/events.ts';
import type { KnownMeasure, Quest, Version } from '../definitions/definitions.rules.ts';
import type { Enrolment } from '../enrolments/enrolments.rules.ts';
import type { Counted } from './player.rules.ts';

/** A completion that has become due. */
export interface Completed {
  id: string;
  userId: string;
  /** The period of the quest in which it was earned; 0: it does not begin anew. */
  bucket: number;
  /** Over all periods of the quest, from 1 on. */
  number: number;
  version: Version;
  /** The step of the attempt, from 0 on; null: the quest has none. */
  step: number | null;
  completedAt: string;
}

/** What events have changed of a player. */
export interface Changes {
  userId: string;
  counted: ReadonlyMap<string, { measure: KnownMeasure; bucket: number; counted: Counted }>;
  /** What DISTINCT values have not seen before. */
  seen: readonly { measure: KnownMeasure; bucket: number; digest: string }[];
  enrolments: ReadonlyMap<string, { quest: Quest; bucket: number; enrolment: Enrolment }>;
  /** Quests that have opened, whose values of all periods are to be looked at: what was found out while they were closed holds no more. */
  opened: readonly Quest[];
  completed: readonly Completed[];
  /** Events that progress has made of them. */
  own: readonly EventEnvelope[];
}
