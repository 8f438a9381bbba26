/** Who does the work: the batch, and the scripts that it is measured against. */
import path from 'node:path';
import { findPackageRoot } from '../../tools/temporal/package-root';
import type { Scenario } from './scenarios';

/** What a subject's command needs to know. */
export interface Stage {
  readonly scenario: Scenario;
  readonly url: string;
  readonly apiKey: string;
  /** Rows of the scenario's items. */
  readonly file: string;
  /** For the results. */
  readonly out: string;
}

export interface Subject {
  readonly name: string;
  readonly title: string;
  /** Whether it runs through a Temporal server and a worker. */
  readonly isBatch: boolean;
  /** Whether a gateway takes callbacks. Default false. */
  readonly hasCallbacks?: true;
  /** Words after `node`. */
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
    name: 'told',
    title: 'script, told the limit',
    isBatch: false,
    command: (stage) => scriptCommand(stage, told(stage.scenario)),
  },
  {
    name: 'guessed',
    title: `script, guessed ${GUESS}`,
    isBatch: false,
    command: (stage) => scriptCommand(stage, ['--concurrency', String(GUESS)]),
  },
];

/** The batch when it is given the limit, to measure the harness with. A batch cannot be told a rate. */
export const TOLD_BATCH: Subject = {
  name: 'batch',
  title: '`imagepipeline batch`, told the limit',
  isBatch: true,
  command: (stage) => batchCommand(stage, stage.scenario.limits.maxConcurrentJobs ? told(stage.scenario) : []),
};

/** What the account's owner would know at the start. */
function told({ limits }: Scenario): readonly string[] {
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
