import { cooldownFaults, requiresFaults } from './begin.rules.ts';
import type { Definition, Draft } from './definition.rules.ts';
import { fieldOf, fields, settled } from './fields.rules.ts';
import { objectivesOf } from './form.rules.ts';
import { largestWhole } from './values.rules.ts';

/** Every fault of a definition at once, one sentence each, that begins with the path of what is wrong. None: it is valid. */
export function checkQuest(quest: Draft): string[] {
  const faults = fields.flatMap((name) => fieldOf(name).shape.faults(quest[name], name));
  const wrong = new Set(faults.map((fault) => /^[A-Za-z]+/.exec(fault)![0]));
  // Only what is right in itself can contradict something else.
  const sound = Object.fromEntries(Object.entries(quest).filter(([name]) => !wrong.has(name)));
  const isWhole = (names: readonly string[]) => names.every((name) => !wrong.has(name));
  const between = contradictions.filter(({ about }) => isWhole(about)).flatMap(({ find }) => find(settled(sound)));
  return [...faults, ...between];
}

interface Contradiction {
  /** It is looked for once these are valid. */
  about: readonly (keyof Definition)[];
  find(quest: Definition): string[];
}

const broken = (rules: [boolean, string][]) => rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
const isCalendar = ({ objectives, period }: Definition) =>
  objectives === null ? period !== 'EVENT' : objectives.some(({ measure }) => measure === 'PERIODS');

const contradictions: readonly Contradiction[] = [
  { about: ['trigger', 'objectives'], find: formOf },
  { about: ['streak', 'objectives', 'steps'], find: streakOf },
  {
    about: ['period', 'graceHours', 'freezes', 'objectives'],
    find: ({ period, graceHours, freezes, objectives }) =>
      objectives === null
        ? broken([
            [period !== 'EVENT' || graceHours === 0, 'graceHours needs a period of DAY, WEEK or MONTH.'],
            [period !== 'EVENT' || freezes === 0, 'freezes needs a period of DAY, WEEK or MONTH.'],
          ])
        : broken([
            [period === 'EVENT', onlyOne('period')],
            [graceHours === 0, onlyOne('graceHours')],
            [freezes === 0, onlyOne('freezes')],
          ]),
  },
  {
    about: ['timeZone', 'period', 'objectives', 'every'],
    find: (quest) =>
      broken([
        [
          quest.timeZone === null || isCalendar(quest) || quest.every !== null,
          'timeZone needs a period of DAY, WEEK or MONTH, an objective of PERIODS, or every.',
        ],
      ]),
  },
  {
    about: ['startsAt', 'endsAt'],
    find: ({ startsAt, endsAt }) => broken([[endsAt === null || endsAt > startsAt, 'endsAt must be after startsAt.']]),
  },
  {
    about: ['rewards', 'steps'],
    find: ({ rewards, steps }) =>
      steps.length === 0
        ? broken([[rewards.length > 0, 'rewards must be a list of 1 to 20.']])
        : broken([[rewards.length === 0, 'rewards must be absent: each of the steps pays its own.']]),
  },
  { about: ['objectives', 'duplication', 'completes'], find: limitsOf },
  { about: ['objectives', 'trigger', 'streak', 'period', 'every'], find: everyOf },
  { about: ['steps', 'objectives', 'completes'], find: stepsOf },
  { about: ['objectives', 'requires', 'every'], find: requiresFaults },
  { about: ['objectives', 'cooldown', 'trigger', 'streak', 'period'], find: cooldownFaults },
];

const onlyOne = (field: string) => `${field} is of the simple form: a quest has either that or objectives.`;

function formOf({ trigger, objectives }: Definition): string[] {
  if (objectives !== null) return broken([[trigger === null, onlyOne('trigger')]]);
  return broken([
    [
      trigger !== null,
      'trigger must be 1 to 64 letters and digits, the first a capital letter, where there are no objectives.',
    ],
  ]);
}

function streakOf({ streak, objectives, steps }: Definition): string[] {
  if (objectives !== null) return broken([[streak === null, onlyOne('streak')]]);
  const last = steps.at(-1)?.target;
  return broken([
    [streak !== null, 'streak must be a whole number from 1 to 1000000 where there are no objectives.'],
    [streak === null || last === undefined || last === streak, `streak must be the target of the last step, ${last}.`],
  ]);
}

/** What a measure can count, however often a quest may be completed. */
function limitsOf({ objectives, duplication, completes }: Definition): string[] {
  return [
    ...broken([
      [completes === 'ALL' || (objectives?.length ?? 1) > 1, 'completes must be ALL where there is one objective.'],
    ]),
    ...(objectives ?? []).flatMap(({ measure, target }, index) =>
      broken([
        [
          measure !== 'MAX' || duplication === 1,
          `objectives[${index}].measure must not be MAX with a duplication of more than 1: what was reached once stays reached.`,
        ],
        [
          measure !== 'DISTINCT' || target * duplication <= 10_000,
          `objectives[${index}].target times duplication must be at most 10000: so many different values are kept of a player.`,
        ],
        [
          target * duplication <= largestWhole,
          `objectives[${index}].target times duplication must be at most ${largestWhole}.`,
        ],
      ]),
    ),
  ];
}

/** A period that is counted lies within one in which the quest begins anew. */
function everyOf(quest: Definition): string[] {
  const lengths = ['DAY', 'WEEK', 'MONTH'];
  const counted = objectivesOf(quest).map(({ period }) => (period === null ? -1 : lengths.indexOf(period)));
  const { every } = quest;
  return broken([
    [
      every === null || counted.every((length) => length < lengths.indexOf(every)),
      'every must be longer than each period that is counted in it.',
    ],
  ]);
}

function stepsOf({ steps, objectives, completes }: Definition): string[] {
  if (steps.length === 0) return [];
  const targets = steps.map(({ target }) => target);
  const last = targets.at(-1);
  const only = objectives?.[0];
  return [
    ...broken([
      [(objectives?.length ?? 1) === 1, 'steps need a quest of one objective.'],
      [completes === 'ALL', 'steps need completes to be ALL.'],
      [
        objectives?.length !== 1 || only!.target === last,
        `objectives[0].target must be the target of the last step, ${last}.`,
      ],
    ]),
    ...targets.flatMap((target, index) =>
      broken([
        [
          index === 0 || target > targets[index - 1]!,
          `steps[${index}].target must be more than that of the step before.`,
        ],
      ]),
    ),
  ];
}
