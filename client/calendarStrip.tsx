type Period = 'EVENT' | 'DAY' | 'WEEK' | 'MONTH';

interface Mark {
  startsAt: string;
  state: keyof typeof stateInWords;
}

interface Props {
  period: Period;
  periods: readonly Mark[];
  timeZone: string;
}

const stateInWords = {
  DONE: 'done',
  OPEN: 'still open',
  FROZEN: 'missed, and saved by a freeze',
  PAUSED: 'paused',
  MISSED: 'missed',
};
const sign = { DONE: '✓', OPEN: '', FROZEN: '❄', PAUSED: '‖', MISSED: '' };

/** The last days, weeks or months, as the player's calendar has them. */
export function CalendarStrip({ period, periods, timeZone }: Props) {
  const short = nameOf(period, 'short', timeZone);
  const long = nameOf(period, 'long', timeZone);
  return (
    <ol className="calendar" aria-label={`The last ${periods.length} ${period.toLowerCase()}s`}>
      {periods.map(({ startsAt, state }, index) => (
        <li key={startsAt} data-state={state} aria-current={index === periods.length - 1 ? 'date' : undefined}>
          <span className="calendar-name" aria-hidden>
            {short(startsAt)}
          </span>
          <span role="img" aria-label={`${long(startsAt)}: ${stateInWords[state]}`} className="calendar-mark">
            {sign[state]}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** "Mon", "24 Nov", "Nov"; long: "Monday, 24 November" */
function nameOf(period: Period, length: 'short' | 'long', timeZone: string): (startsAt: string) => string {
  const day = { day: 'numeric', month: length } as const;
  const name = {
    EVENT: day,
    DAY: length === 'short' ? ({ weekday: 'short' } as const) : ({ weekday: 'long', ...day } as const),
    WEEK: day,
    MONTH: { month: length } as const,
  }[period];
  const format = new Intl.DateTimeFormat(undefined, { ...name, timeZone });
  const prefix = period === 'WEEK' && length === 'long' ? 'Week from ' : '';
  return (startsAt) => prefix + format.format(new Date(startsAt));
}
