/** Values that change in steps over time, and their integrals. */

/** The value from `at` on, until the next step. */
export interface Step {
  readonly at: number;
  readonly value: number;
}

/** A span in which no value changes. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly values: readonly number[];
}

/** Counts concurrent spans over time, from their starts and ends. */
export function countSteps(spans: readonly { readonly from: number; readonly to: number }[]): readonly Step[] {
  const turns = spans.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  turns.sort((one, other) => one.at - other.at || one.by - other.by);
  let value = 0;
  return turns.map(({ at, by }) => {
    value += by;
    return { at, value };
  });
}

/** Returns the spans between `from` and `to`. Steps must be in order; before its first step, a value is 0. */
export function stretches(from: number, to: number, rows: readonly (readonly Step[])[]): readonly Stretch[] {
  const cuts = rows.flatMap((row) => row.map(({ at }) => at)).filter((at) => at > from && at < to);
  const times = [...new Set([from, ...cuts, to])].sort((one, other) => one - other);
  const readers = rows.map(reader);
  return times.slice(1).map((end, index) => {
    const start = times[index] ?? from;
    return { from: start, to: end, values: readers.map((valueAt) => valueAt(start)) };
  });
}

/** Reads a value at ascending times. */
function reader(row: readonly Step[]): (at: number) => number {
  let [next, value] = [0, 0];
  return (at) => {
    for (let step = row[next]; step !== undefined && step.at <= at; step = row[next]) {
      value = step.value;
      next += 1;
    }
    return value;
  };
}
