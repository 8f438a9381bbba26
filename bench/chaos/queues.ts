/** Groups seeds by the kind of stack that they need, so one stack runs many of them. */
import { killsServer, type Plan } from './plan';
import type { StackKind } from './stack';

export interface Queue {
  readonly kind: StackKind;
  /** The next seeds; free lanes take from the front. */
  readonly plans: Plan[];
  /** Number of lanes that process it. */
  lanes: number;
}

const KINDS: readonly StackKind[] = [
  ...[true, false].flatMap((callbacks) =>
    [true, false].map((isLasting) => ({ callbacks, isLasting, fewEvents: false })),
  ),
  { callbacks: true, isLasting: false, fewEvents: true },
];

export function groupPlans(plans: readonly Plan[]): readonly Queue[] {
  return KINDS.map((kind) => ({
    kind,
    plans: plans.filter((plan) => isFor(plan, kind)),
    lanes: 0,
  }));
}

function isFor(plan: Plan, { callbacks, isLasting, fewEvents }: StackKind): boolean {
  return plan.callbacks === callbacks && plan.fewEvents === fewEvents && killsServer(plan) === isLasting;
}

/** The queue with the most seeds per lane; empty if all are. */
export function longest(queues: readonly Queue[]): Queue {
  const load = ({ plans, lanes }: Queue) => plans.length / (lanes + 1);
  return queues.reduce((most, queue) => (load(queue) > load(most) ? queue : most));
}
