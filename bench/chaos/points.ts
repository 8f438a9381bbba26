/** The points of blows: how an item is delayed there, and how it is observed. */
import { existsSync, readdirSync } from 'node:fs';
import type { Action, Emulator, LedgerEntry, PostRecord } from '../../emulator';
import { formatKey, formatPromptEnd, toSingleKey } from './evidence';
import type { Plan } from './plan';
import type { PlannedBlow, Point } from './plan-blows';

/** Delay in ms: long enough for a blow, short enough to continue after a blow that missed the worker. */
const HOLD_MS = 2_500;
/** Time between the acceptance of a job and the loss of its answer, in ms. */
const LOST_AFTER_MS = 500;

interface Scene {
  readonly plan: Plan;
  readonly emulator: Emulator;
  readonly blow: PlannedBlow;
  /** Folder with the outcomes of the batch. */
  readonly outcomes: string;
}

interface PointRow {
  /** `null` if no delay is needed. */
  readonly hold: Action | null;
  readonly isReached: (scene: Scene) => boolean;
}

const ROWS: Readonly<Record<Point, PointRow>> = {
  'before acceptance': {
    hold: { fault: 'hang-before-accept', on: 'submit' },
    isReached: (scene) =>
      findPosts(scene).some(({ jobId, status, whole }) => jobId === null && status === null && whole === null),
  },
  'during the POST': {
    hold: { delayMs: HOLD_MS, on: 'submit' },
    isReached: (scene) => findPosts(scene).some(isUnderWay),
  },
  'before the answer is lost': {
    hold: { fault: 'reset-after-accept', on: 'submit', delayMs: LOST_AFTER_MS },
    isReached: (scene) => findPosts(scene).some(isUnderWay),
  },
  'while polling': {
    hold: { jobMs: HOLD_MS },
    isReached: (scene) => findJobs(scene).some(({ statusReads, endedAt }) => statusReads > 0 && endedAt === null),
  },
  'during the download': {
    hold: { delayMs: HOLD_MS, on: 'result' },
    isReached: (scene) => findJobs(scene).some(({ downloads }) => downloads > 0),
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

/** Call before the batch begins. */
export function prepare(scene: Pick<Scene, 'plan' | 'emulator' | 'blow'>): void {
  const { hold } = ROWS[scene.blow.point];
  if (hold !== null) scene.emulator.script({ match: { promptIncludes: calledAt(scene) }, times: 1, then: hold });
}

export function isReached(scene: Scene): boolean {
  return ROWS[scene.blow.point].isReached(scene);
}

function calledAt({ plan, blow }: Pick<Scene, 'plan' | 'blow'>): string {
  const single = blow.single === null ? undefined : plan.singles[blow.single];
  return formatPromptEnd(single === undefined ? formatKey(plan, blow.item) : toSingleKey(single));
}

function isUnderWay({ jobId, whole }: PostRecord): boolean {
  return jobId !== null && whole === null;
}

function findPosts(scene: Scene): readonly PostRecord[] {
  const called = calledAt(scene);
  return scene.emulator.ledger().posts.filter(({ prompt }) => prompt.endsWith(called));
}

function findJobs(scene: Scene): readonly LedgerEntry[] {
  const called = calledAt(scene);
  return scene.emulator.ledger().jobs.filter(({ prompt }) => prompt.endsWith(called));
}
