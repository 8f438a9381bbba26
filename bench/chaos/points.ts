/** The points at which blows are struck: what holds an item there for a while, and how it is seen to be there. */
import { existsSync, readdirSync } from 'node:fs';
import type { Action, Emulator, LedgerEntry } from '../../emulator';
import { promptOf } from './evidence';
import type { PlannedBlow, Point } from './plan';

/** Long enough to be struck, short enough to go on after a blow that did not hit the worker. */
const HOLD_MS = 2_500;

interface Scene {
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
    isReached: (scene) => postsOf(scene).some(({ jobId, whole }) => jobId !== null && whole === null),
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
export function prepare({ emulator, blow }: Pick<Scene, 'emulator' | 'blow'>): void {
  const { hold } = ROWS[blow.point];
  if (hold !== null) emulator.script({ match: { promptIncludes: promptOf(blow.item) }, times: 1, then: hold });
}

export function isReached(scene: Scene): boolean {
  return ROWS[scene.blow.point].isReached(scene);
}

function postsOf({ emulator, blow }: Scene) {
  return emulator.ledger().posts.filter(({ prompt }) => prompt === promptOf(blow.item));
}

function jobsOf({ emulator, blow }: Scene): readonly LedgerEntry[] {
  return emulator.ledger().jobs.filter(({ prompt }) => prompt === promptOf(blow.item));
}
