/** Seeds by the kind of stack that they need, so that one stack runs many of them. */
import { killsServer, type Plan } from './plan';
import type { StackKind } from './stack';

export interface Queue {
  readonly kind: StackKind;
  /** Taken from the front by whoever is free. */
  readonly plans: Plan[];
  /** How many lanes take from it. */
  lanes: number;
}

const KINDS: readonly StackKind[] = [
  ...[true, false].flatMap((callbacks) =>
    [true, false].map((isLasting) => ({ callbacks, isLasting, fewEvents: false })),
  ),
  { callbacks: true, isLasting: false, fewEvents: true },
];

export function queuesOf(plans: readonly Plan[]): readonly Queue[] {
  return KINDS.map((kind) => ({
    kind,
    plans: plans.filter((plan) => isFor(plan, kind)),
    lanes: 0,
  }));
}

function isFor(plan: Plan, { callbacks, isLasting, fewEvents }: StackKind): boolean {
  return plan.callbacks === callbacks && plan.fewEvents === fewEvents && killsServer(plan) === isLasting;
}

/** The one that will last longest with the lanes that it has; empty if all are. */
export function longest(queues: readonly Queue[]): Queue {
  const load = ({ plans, lanes }: Queue) => plans.length / (lanes + 1);
  return queues.reduce((most, queue) => (load(queue) > load(most) ? queue : most));
}
