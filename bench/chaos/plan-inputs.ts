/** Plans the operations of a seed, its input files, and the troubles of their uploads. */
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { PlannedBlow } from './plan-blows';
import type { PlannedSingle } from './plan-singles';
import { type Chance, newChance } from './random';
import { UPLOAD_TIMES, UPLOAD_TROUBLE_NAMES, type UploadTroubleName } from './upload-troubles';

/** The operations of rows, by what a request of each has. */
export const SHAPES = {
  'generate/image': { text: 'prompt', pictures: 0, mimeType: 'image/png' },
  'edit/image': { text: 'prompt', pictures: 2, mimeType: 'image/png' },
  'background/change/image': { text: 'prompt', pictures: 1, mimeType: 'image/png' },
  'background/remove/image': { text: null, pictures: 1, mimeType: 'image/png' },
  'upscale/image': { text: null, pictures: 1, mimeType: 'image/png' },
  'branding/logo/image': { text: 'prompt', pictures: 2, mimeType: 'image/png' },
  'generate/video': { text: 'prompt', pictures: 1, mimeType: 'video/mp4' },
  'generate/speech': { text: 'text', pictures: 0, mimeType: 'audio/wav' },
} as const satisfies Readonly<Partial<Record<OperationName, Shape>>>;

interface Shape {
  /** The field that carries the item's key; `null`: its picture, which no other item has, stands for the key. */
  readonly text: 'prompt' | 'text' | null;
  readonly pictures: number;
  readonly mimeType: string;
}

export type PlannedOperation = keyof typeof SHAPES;

/** What an item asks for. */
export interface PlannedRequest {
  readonly operation: PlannedOperation;
  /** Numbers of its pictures, in the order of its fields. */
  readonly pictures: readonly number[];
}

export interface PlannedSingleRequest extends PlannedRequest {
  /** The item of the batch whose result is its picture, if it has one when it starts; `null`: none. */
  readonly resultOf: number | null;
}

export interface UploadTrouble {
  readonly picture: number;
  readonly trouble: UploadTroubleName;
  readonly times: number;
}

export interface PlannedInputs {
  /** By item of the batch. */
  readonly rows: readonly PlannedRequest[];
  /** By single item. */
  readonly singles: readonly PlannedSingleRequest[];
  /** Number of pictures, each with a content of its own. */
  readonly pictures: number;
  readonly troubles: readonly UploadTrouble[];
}

/** A request without pictures. */
export const PLAIN: PlannedRequest = { operation: 'generate/image', pictures: [] };

/** Shares of the seeds. */
const WITH_INPUTS = 0.8;
const WITH_TROUBLES = 0.7;
/** Shares of the items of a seed with inputs. */
const WITH_FILES = 0.7;
const WITH_SHARED_PICTURE = 0.6;
const WITH_RESULT = 0.5;
/** Share of the blows of a seed with inputs. */
const AT_UPLOAD = 0.35;
const WITH_BLOW_AT_UPLOAD = 0.3;
const MAX_SHARED = 4;
/** Seed of these draws alone: the other choices of a chaos seed stay the same. */
const OWN_SEED = 0x1f_ae_57;

const WITH_TEXT = withFilesIf(({ text }) => text !== null);
const ALL = withFilesIf(() => true);
const WITHOUT_FILES: readonly PlannedOperation[] = ['generate/image', 'generate/image', 'generate/speech'];

/** Blows that are added to those of a seed, at the upload of one item. */
const BLOWS_AT_UPLOAD = [
  'kill the worker',
  'kill the worker',
  'take the store away',
  'fill the disk',
  'forget the uploads',
  'freeze the worker until it is given up',
] as const;

export interface InputTerms {
  readonly items: number;
  readonly singles: readonly PlannedSingle[];
  readonly blows: readonly PlannedBlow[];
  /** Whether blows may be added. */
  readonly mayStrike: boolean;
}

/** The inputs of a seed, and its blows: some of them strike during an upload. */
export function planInputs(
  seed: number,
  terms: InputTerms,
): { readonly inputs: PlannedInputs; readonly blows: readonly PlannedBlow[] } {
  const chance = newChance(Math.imul(seed, 0x9e3779b1) ^ OWN_SEED);
  const { items, singles } = terms;
  if (!chance.happens(WITH_INPUTS)) {
    const rows = Array.from({ length: items }, () => PLAIN);
    const plain = singles.map(() => ({ ...PLAIN, resultOf: null }));
    return { inputs: { rows, singles: plain, pictures: 0, troubles: [] }, blows: terms.blows };
  }
  const blows = moveToUploads(chance, terms);
  const struck = new Set(blows.flatMap(({ point, item }) => (point === 'during the upload' ? [item] : [])));
  const shared = chance.between(1, MAX_SHARED);
  // Every item and every single item may have a picture of its own, after the shared ones.
  const ownOf = (index: number) => shared + index;
  const rows = Array.from({ length: items }, (_, item) =>
    drawRequest(chance, { shared, own: ownOf(item), mustUpload: struck.has(item), operations: ALL }),
  );
  const plannedSingles = singles.map(({ when }, index): PlannedSingleRequest => {
    const request = drawRequest(chance, {
      ...{ shared, own: ownOf(items + index), mustUpload: false, operations: WITH_TEXT },
    });
    const hasResult = chance.happens(WITH_RESULT) && when === 'after' && request.pictures.length > 0;
    return { ...request, resultOf: hasResult ? chance.between(0, items - 1) : null };
  });
  const pictures = ownOf(items + singles.length);
  const used = [...new Set([...rows, ...plannedSingles].flatMap((request) => request.pictures))];
  const troubles = chance.happens(WITH_TROUBLES) ? drawTroubles(chance, used) : [];
  return { inputs: { rows, singles: plannedSingles, pictures, troubles }, blows };
}

function withFilesIf(condition: (shape: Shape) => boolean): readonly PlannedOperation[] {
  const all = Object.keys(SHAPES) as readonly PlannedOperation[];
  return all.filter((operation) => SHAPES[operation].pictures > 0 && condition(SHAPES[operation]));
}

/** A single item is known by its text alone, because its picture may be the result of another item. */
function drawRequest(
  chance: Chance,
  terms: {
    readonly shared: number;
    readonly own: number;
    readonly mustUpload: boolean;
    readonly operations: readonly PlannedOperation[];
  },
): PlannedRequest {
  const { shared, own, mustUpload, operations } = terms;
  const hasFiles = chance.happens(WITH_FILES) || mustUpload;
  const operation = chance.pick(hasFiles ? operations : WITHOUT_FILES);
  const { text, pictures } = SHAPES[operation];
  const isShared = chance.happens(WITH_SHARED_PICTURE) && text !== null && !mustUpload;
  const first = isShared ? chance.between(0, shared - 1) : own;
  const others = Array.from({ length: Math.max(0, pictures - 1) }, () => chance.between(0, shared - 1));
  return { operation, pictures: pictures === 0 ? [] : [...new Set([first, ...others])] };
}

function moveToUploads(chance: Chance, { blows, items, mayStrike }: InputTerms): readonly PlannedBlow[] {
  const moved = blows.map((blow) => {
    const isMoved = chance.happens(AT_UPLOAD) && blow.single === null;
    return isMoved ? { ...blow, point: 'during the upload' as const } : blow;
  });
  if (!mayStrike || !chance.happens(WITH_BLOW_AT_UPLOAD)) return moved;
  const blow = chance.pick(BLOWS_AT_UPLOAD);
  const ms = chance.between(5_000, 15_000);
  // Before the others, which may wait for points that are not reached, and at one of the first items.
  const item = Math.min(1, items - 1);
  return [{ blow, point: 'during the upload', item, single: null, accepted: 0, ms }, ...moved];
}

function drawTroubles(chance: Chance, used: readonly number[]): readonly UploadTrouble[] {
  if (used.length === 0) return [];
  return Array.from({ length: chance.between(1, Math.ceil(used.length / 3)) }, () => {
    const trouble = chance.pick(UPLOAD_TROUBLE_NAMES);
    return { picture: chance.pick(used), trouble, times: chance.between(1, UPLOAD_TIMES[trouble] ?? 2) };
  });
}
