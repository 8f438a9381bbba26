import { type Evidence, everyLine, toSingleKey } from '../evidence';
import { HOSTILE_NAMES } from '../names';

/** Exit code of invalid input. */
const REFUSED = 2;
/** A workflow task that keeps failing, or a file name that is too long. */
const WEDGED = /its workflow task waits, attempt ([3-9]|\d\d)|ENAMETOOLONG/;

/** Law 15: an allowed name changes nothing. */
export function names({ plan, lines, singles, pending, starts }: Evidence): readonly string[] {
  if (!plan.names.areHostile) return [];
  const unusual = new Set<string>([
    ...HOSTILE_NAMES,
    ...plan.names.keys,
    ...plan.names.singles.map((id) => toSingleKey({ id })),
  ]);
  return [
    ...pending.filter((words) => WEDGED.test(words)).map((words) => `a workflow cannot continue: ${words}`),
    ...(starts.length === 1 && starts[0]?.exit === REFUSED ? [`the batch was refused: ${starts[0].said}`] : []),
    ...singles.flatMap(({ planned, refused }) => (refused === null ? [] : [`${planned.id} was refused: ${refused}`])),
    ...everyLine({ lines, singles })
      .filter(({ key, code }) => unusual.has(key) && code === 'STORE_UNAVAILABLE')
      .map(({ key, message }) => `${key} cannot be stored: ${message}`),
  ];
}
