/** The measured subjects: the batch, and scripts for comparison. */
import path from 'node:path';
import { findPackageRoot } from '../../tools/temporal/package-root';
import type { Scenario } from './scenarios';
import type { StepItems } from './step-items';

/** The environment of a subject's command. */
export interface Stage {
  readonly scenario: Scenario;
  readonly url: string;
  readonly apiKey: string;
  /** Rows of the scenario's items. */
  readonly file: string;
  /** Folder of the results. */
  readonly out: string;
  /** The rows and the recipe of the batch beside the other one; `null`: there is none. */
  readonly beside: StepItems | null;
}

export interface Subject {
  readonly name: string;
  readonly title: string;
  /** Whether it uses a Temporal server and a worker. */
  readonly isBatch: boolean;
  /** Whether a gateway receives callbacks. Default false. */
  readonly hasCallbacks?: true;
  /** Arguments of `node`. */
  command(stage: Stage): readonly string[];
}

const GUESS = 50;

export const SUBJECTS: readonly Subject[] = [
  { name: 'batch', title: '`imagepipeline batch`', isBatch: true, command: (stage) => batchCommand(stage, []) },
  {
    name: 'callbacks',
    title: '`imagepipeline batch`, callbacks',
    isBatch: true,
    hasCallbacks: true,
    command: (stage) => batchCommand(stage, []),
  },
  {
    name: 'known',
    title: 'script with the limit',
    isBatch: false,
    command: (stage) => scriptCommand(stage, limitArguments(stage.scenario)),
  },
  {
    name: 'guessed',
    title: `script, guessed ${GUESS}`,
    isBatch: false,
    command: (stage) => scriptCommand(stage, ['--concurrency', String(GUESS)]),
  },
];

/** The batch with `--concurrency` set to the limit, which measures the harness. A rate cannot be set for a batch. */
export const BATCH_WITH_LIMIT: Subject = {
  name: 'batch',
  title: '`imagepipeline batch` with the limit',
  isBatch: true,
  command: (stage) =>
    batchCommand(stage, stage.scenario.limits.maxConcurrentJobs ? limitArguments(stage.scenario) : []),
};

/** The limit that the account's owner knows at the start. */
function limitArguments({ limits }: Scenario): readonly string[] {
  const { maxConcurrentJobs, submitsPerSecond } = limits;
  return [
    ...(maxConcurrentJobs === undefined ? [] : ['--concurrency', String(maxConcurrentJobs)]),
    ...(submitsPerSecond === undefined ? [] : ['--rate', String(submitsPerSecond)]),
  ];
}

function batchCommand({ file }: Stage, words: readonly string[]): readonly string[] {
  return [path.join(findPackageRoot(), 'bin', 'imagepipeline.js'), 'batch', file, '--id', 'limits', '--json', ...words];
}

function scriptCommand({ scenario, url, apiKey, out }: Stage, words: readonly string[]): readonly string[] {
  const script = path.join(findPackageRoot(), 'bench', 'rivals', 'p-queue.mjs');
  return [script, '--url', url, '--key', apiKey, '--items', String(scenario.items), '--out', out, ...words];
}
