import { type Evidence, everyLine, singleKeyOf } from '../evidence';
import { HOSTILE_NAMES } from '../names';

/** Exit code for what is not allowed. */
const REFUSED = 2;
/** The turn of a workflow that fails again and again, or a file whose name is too long. */
const WEDGED = /its turn waits, attempt ([3-9]|\d\d)|ENAMETOOLONG/;

/** Law 15: a name that is allowed changes nothing. */
export function names({ plan, lines, singles, pending, starts }: Evidence): readonly string[] {
  if (!plan.names.areHostile) return [];
  const unusual = new Set<string>([
    ...HOSTILE_NAMES,
    ...plan.names.keys,
    ...plan.names.singles.map((id) => singleKeyOf({ id })),
  ]);
  return [
    ...pending.filter((words) => WEDGED.test(words)).map((words) => `a workflow cannot go on: ${words}`),
    ...(starts.length === 1 && starts[0]?.exit === REFUSED ? [`the batch was refused: ${starts[0].said}`] : []),
    ...singles.flatMap(({ planned, refused }) => (refused === null ? [] : [`${planned.id} was refused: ${refused}`])),
    ...everyLine({ lines, singles })
      .filter(({ key, code }) => unusual.has(key) && code === 'STORE_UNAVAILABLE')
      .map(({ key, message }) => `${key} cannot be stored: ${message}`),
  ];
}
