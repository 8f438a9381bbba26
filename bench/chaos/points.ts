/** The points of blows: how an item is delayed there, and how it is observed. */
import { existsSync, readdirSync } from 'node:fs';
import type { Action, Emulator, LedgerEntry, Match, PostRecord } from '../../emulator';
import { formatPromptEnd, toSingleKey } from './evidence';
import type { Plan } from './plan';
import type { PlannedBlow, Point } from './plan-blows';
import type { SeedInputs } from './seed-inputs';

/** Delay in ms: long enough for a blow, short enough to continue after a blow that missed the worker. */
const HOLD_MS = 2_500;
/** Time between the acceptance of a job and the loss of its answer, in ms. */
const LOST_AFTER_MS = 500;

interface Scene {
  readonly plan: Plan;
  readonly emulator: Emulator;
  readonly inputs: SeedInputs;
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
  'during the upload': {
    hold: { delayMs: HOLD_MS, on: 'upload' },
    isReached: ({ plan, emulator, inputs, blow }) => {
      const { uploads } = emulator.ledger();
      if (plan.recipe !== null) return uploads[findUpload(blow)]?.whole === null;
      const contents = inputs.contentsOf(blow.item);
      return uploads.some(({ sha256, whole }) => whole === null && contents.includes(sha256 ?? ''));
    },
  },
};

/** For an upload that is none of a rule's concern. */
export const REGULAR_UPLOAD: Action = { on: 'upload', delayMs: 0 };

/** Index of the upload of a blow, if it may be that of any step. */
function findUpload({ item, accepted }: PlannedBlow): number {
  return item + accepted;
}

/** Call before the batch begins. */
export function prepare(scene: Omit<Scene, 'outcomes'>): void {
  const { hold } = ROWS[scene.blow.point];
  if (hold === null) return;
  const isOfRecipe = scene.plan.recipe !== null && scene.blow.point === 'during the upload';
  const before = isOfRecipe ? findUpload(scene.blow) : 0;
  if (before > 0) scene.emulator.script({ times: before, then: REGULAR_UPLOAD });
  scene.emulator.script({ times: 1, then: hold, ...(isOfRecipe ? {} : { match: toMatch(scene) }) });
}

export function isReached(scene: Scene): boolean {
  return ROWS[scene.blow.point].isReached(scene);
}

function toMatch({ plan, inputs, blow }: Omit<Scene, 'outcomes'>): Match {
  // A rule about an upload matches the name of its file.
  if (blow.point === 'during the upload') return { promptIncludes: inputs.contentsOf(blow.item)[0] ?? '' };
  const single = blow.single === null ? undefined : plan.singles[blow.single];
  return single === undefined ? inputs.matchOf(blow.item) : { promptIncludes: formatPromptEnd(toSingleKey(single)) };
}

function isUnderWay({ jobId, whole }: PostRecord): boolean {
  return jobId !== null && whole === null;
}

function findPosts(scene: Scene): readonly PostRecord[] {
  return scene.emulator.ledger().posts.filter((post) => isOfItem(scene, post));
}

function findJobs(scene: Scene): readonly LedgerEntry[] {
  return scene.emulator.ledger().jobs.filter((job) => isOfItem(scene, job));
}

function isOfItem(scene: Scene, { prompt, inputs }: PostRecord | LedgerEntry): boolean {
  const { promptIncludes, inputIncludes } = toMatch(scene);
  return promptIncludes === undefined
    ? inputs.some((address) => address.includes(inputIncludes ?? ''))
    : prompt.endsWith(promptIncludes);
}
