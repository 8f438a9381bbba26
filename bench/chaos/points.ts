/** The points at which blows are struck: what holds an item there for a while, and how it is seen to be there. */
import { existsSync, readdirSync } from 'node:fs';
import type { Action, Emulator, LedgerEntry, PostRecord } from '../../emulator';
import { calledOf, keyOf, singleKeyOf } from './evidence';
import type { Plan } from './plan';
import type { PlannedBlow, Point } from './plan-blows';

/** Long enough to be struck, short enough to go on after a blow that did not hit the worker. */
const HOLD_MS = 2_500;
/** Between the acceptance of a job and the loss of its answer. */
const LOST_AFTER_MS = 500;

interface Scene {
  readonly plan: Plan;
  readonly emulator: Emulator;
  readonly blow: PlannedBlow;
  /** Folder of the outcomes of the batch. */
  readonly outcomes: string;
}

interface PointRow {
  /** `null`: nothing need be held. */
  readonly hold: Action | null;
  readonly isReached: (scene: Scene) => boolean;
}

const ROWS: Readonly<Record<Point, PointRow>> = {
  'before acceptance': {
    hold: { fault: 'hang-before-accept', on: 'submit' },
    isReached: (scene) =>
      postsOf(scene).some(({ jobId, status, whole }) => jobId === null && status === null && whole === null),
  },
  'during the POST': {
    hold: { delayMs: HOLD_MS, on: 'submit' },
    isReached: (scene) => postsOf(scene).some(isUnderWay),
  },
  'before the answer is lost': {
    hold: { fault: 'reset-after-accept', on: 'submit', delayMs: LOST_AFTER_MS },
    isReached: (scene) => postsOf(scene).some(isUnderWay),
  },
  'while polling': {
    hold: { jobMs: HOLD_MS },
    isReached: (scene) => jobsOf(scene).some(({ statusReads, endedAt }) => statusReads > 0 && endedAt === null),
  },
  'during the download': {
    hold: { delayMs: HOLD_MS, on: 'result' },
    isReached: (scene) => jobsOf(scene).some(({ downloads }) => downloads > 0),
  },
  'during the report': {
    hold: null,
    isReached: ({ outcomes }) => existsSync(outcomes) && readdirSync(outcomes).length > 0,
  },
  'at random': {
    hold: null,
    isReached: ({ emulator, blow }) => emulator.ledger().accepted >= blow.accepted,
  },
};

/** To be called before the batch begins. */
export function prepare(scene: Pick<Scene, 'plan' | 'emulator' | 'blow'>): void {
  const { hold } = ROWS[scene.blow.point];
  if (hold !== null) scene.emulator.script({ match: { promptIncludes: calledAt(scene) }, times: 1, then: hold });
}

export function isReached(scene: Scene): boolean {
  return ROWS[scene.blow.point].isReached(scene);
}

function calledAt({ plan, blow }: Pick<Scene, 'plan' | 'blow'>): string {
  const single = blow.single === null ? undefined : plan.singles[blow.single];
  return calledOf(single === undefined ? keyOf(plan, blow.item) : singleKeyOf(single));
}

function isUnderWay({ jobId, whole }: PostRecord): boolean {
  return jobId !== null && whole === null;
}

function postsOf(scene: Scene): readonly PostRecord[] {
  const called = calledAt(scene);
  return scene.emulator.ledger().posts.filter(({ prompt }) => prompt.endsWith(called));
}

function jobsOf(scene: Scene): readonly LedgerEntry[] {
  const called = calledAt(scene);
  return scene.emulator.ledger().jobs.filter(({ prompt }) => prompt.endsWith(called));
}
