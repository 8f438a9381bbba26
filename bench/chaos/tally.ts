/** Counts the troubles that occurred, which distinguishes a run without violations from one without troubles. */
import type { Ledger } from '../../emulator';
import type { Plan } from './plan';
import { BLOWS } from './plan-blows';
import { SHAPES } from './plan-inputs';
import { STEPS } from './plan-steps';
import { SCENES } from './scenes';
import type { SeedReport } from './seed-report';
import { TIMES, TROUBLE_NAMES, type TroubleName } from './troubles';
import { UPLOAD_TROUBLE_NAMES } from './upload-troubles';

type Counts = Readonly<Record<string, number>>;

/** Larger numbers mean "always". */
const MAX_COUNTED = 100;

/** What the provider did, by its ledger; scripted answers and delays are not in it. */
export function doneByProvider({ faults, refused, jobs }: Pick<Ledger, 'faults' | 'refused' | 'jobs'>): Counts {
  return addCounts([
    faults,
    ...Object.entries(refused).map(([code, count]) => ({ [`refused:${code}`]: count })),
    ...jobs.map(({ code }): Counts => (code === null ? {} : { [`job:${code}`]: 1 })),
  ]);
}

/** Lines of a table of planned troubles, of what the provider did, and of blows. */
export function tallyLines(seeds: readonly SeedReport[]): readonly string[] {
  const plans = seeds.map(({ plan }) => plan);
  const struck = addCounts(seeds.flatMap((seed) => seed.struck.map((blow) => ({ [blow]: 1 }))));
  const taken = addCounts(seeds.flatMap((seed) => seed.taken.map((step) => ({ [step]: 1 }))));
  return [
    ...section('planned for items', [...TROUBLE_NAMES, ...listTroubles(TIMES)], addCounts(plans.map(troublesIn))),
    ...section('done by the provider', [], addCounts(seeds.map(({ provider }) => provider))),
    ...section('planned for uploads', UPLOAD_TROUBLE_NAMES, addCounts(plans.map(uploadTroublesIn))),
    ...section('operations', Object.keys(SHAPES), addCounts(plans.map(operationsIn))),
    ...section(
      'planned blows',
      BLOWS,
      addCounts(plans.flatMap(({ blows }) => blows.map(({ blow }) => ({ [blow]: 1 })))),
    ),
    ...section('struck', BLOWS, struck),
    ...section('steps taken', STEPS, taken),
    ...section('scenes', SCENES, addCounts(plans.map(({ scene }) => ({ [scene]: 1 })))),
    ...section('kinds', [], addCounts(plans.map(countKinds))),
    ...section('single items', [], addCounts(seeds.map(({ singles }) => singles))),
  ];
}

function troublesIn({ troubles, singles }: Plan): Counts {
  const ofSingles = singles.flatMap(({ trouble, times }) => (trouble === null ? [] : [{ trouble, times }]));
  return addCounts(
    [...troubles, ...ofSingles].map(({ trouble, times }) => ({ [trouble]: times > MAX_COUNTED ? 1 : times })),
  );
}

function uploadTroublesIn({ inputs }: Plan): Counts {
  return addCounts(inputs.troubles.map(({ trouble, times }) => ({ [trouble]: times })));
}

function operationsIn({ inputs, recipe, items }: Plan): Counts {
  const later = recipe?.steps.slice(1).map(({ operation }) => ({ [operation]: items })) ?? [];
  return addCounts([...[...inputs.rows, ...inputs.singles].map(({ operation }) => ({ [operation]: 1 })), ...later]);
}

function countKinds({ fewEvents, names, duplicates, slowStoreMs, singles, inputs, recipe }: Plan): Counts {
  const isSo = {
    fewEvents,
    'hostile names': names.areHostile,
    duplicates: duplicates > 0,
    'slow store': slowStoreMs > 0,
    'input files': inputs.pictures > 0,
    ...(recipe === null ? {} : { [`recipe of ${recipe.steps.length} steps`]: true }),
    'a result as an input': inputs.singles.some(({ resultOf }) => resultOf !== null),
  };
  const held = Object.entries(isSo).filter(([, is]) => is);
  const fates = singles.flatMap(({ fate, waits, when }) => [fate ?? '', waits ? 'waiting' : 'not waiting', when]);
  const counted = fates.filter((fate) => fate !== '').map((fate) => ({ [`single item ${fate}`]: 1 }));
  return addCounts([...held.map(([name]) => ({ [name]: 1 })), ...counted]);
}

function listTroubles(times: typeof TIMES): readonly TroubleName[] {
  return Object.keys(times) as TroubleName[];
}

/** Has a line for each of `names`, also if its count is 0. */
function section(title: string, names: readonly string[], counts: Counts): readonly string[] {
  const all = [...new Set([...names, ...Object.keys(counts).sort()])];
  return [`${title}:`, ...all.map((name) => `  ${String(counts[name] ?? 0).padStart(6)} ${name}`)];
}

function addCounts(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const [name, count] of all.flatMap(Object.entries<number>)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
