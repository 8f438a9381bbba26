/** Stalls in a trace of Chromium. */

/** What is traced. */
export const TRACED = [
  'toplevel',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'devtools.timeline',
];

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** In µs. */
  readonly ts: number;
  /** In µs. */
  readonly dur?: number;
  readonly args?: { readonly name?: string; readonly data?: object };
}

export interface Stalls {
  /** The longest task of the page's main thread, in ms: nothing that the reader does is answered meanwhile. */
  readonly longestTaskMs: number;
  /** Number of tasks of more than 50 ms. */
  readonly longTasks: number;
  /** The longest time between two frames, in ms. */
  readonly longestGapMs: number;
  readonly frames: number;
  /** What the longest tasks did, for people. */
  readonly longest: readonly string[];
}

const MAIN_THREAD = 'CrRendererMain';
const TASKS: ReadonlySet<string> = new Set(['ThreadControllerImpl::RunTask', 'RunTask']);
const LONG_TASK_MS = 50;
const SHOWN = 5;

export function findStalls(trace: Buffer): Stalls {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] };
  const mains = new Set(
    traceEvents.flatMap(({ name, args, pid, tid }) =>
      name === 'thread_name' && args?.name === MAIN_THREAD ? `${pid}/${tid}` : [],
    ),
  );
  const ofMain = traceEvents.filter(({ pid, tid }) => mains.has(`${pid}/${tid}`));
  const tasks = ofMain
    .filter(({ name, ph }) => ph === 'X' && TASKS.has(name))
    .map((event) => ({ ...event, ms: (event.dur ?? 0) / 1_000 }))
    .sort((one, other) => other.ms - one.ms);
  const frames = traceEvents.flatMap(({ name, ts }) => (name === 'DrawFrame' ? ts : [])).sort((a, b) => a - b);
  const gaps = frames.slice(1).map((at, index) => (at - (frames[index] ?? at)) / 1_000);
  return {
    longestTaskMs: tasks[0]?.ms ?? Number.NaN,
    longTasks: tasks.filter(({ ms }) => ms > LONG_TASK_MS).length,
    longestGapMs: Math.max(...gaps),
    frames: frames.length,
    longest: tasks.slice(0, SHOWN).map((task) => `${task.ms.toFixed(0)} ms: ${describe(task, ofMain)}`),
  };
}

/** The parts of a task that took most of it. */
function describe({ ts, dur = 0, pid, tid }: TraceEvent, events: readonly TraceEvent[]): string {
  const inside = events.filter(
    (one) =>
      one.pid === pid && one.tid === tid && one.ph === 'X' && one.ts >= ts && one.ts < ts + dur && !TASKS.has(one.name),
  );
  const longest = inside.sort((one, other) => (other.dur ?? 0) - (one.dur ?? 0)).slice(0, SHOWN);
  return longest.map(({ name, dur: took = 0 }) => `${name} ${(took / 1_000).toFixed(0)}`).join(', ');
}
