/** Twelve prompts: plan, batch, automatic pause, resume, results, redrive. */
import path from 'node:path';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { ImagePipelineClient } from '../../client/client';
import { watchBatch } from '../batch/follow-batch';
import type { EmulatorRule } from '../dev/stack';
import { EXIT, type ExitCode } from '../exit-codes';
import { type Demo, type DemoScenes, findDemoFile, printSummary, say, step } from './demo';

const POLICY = 'Prompt rejected by content policy.';

/** The emulator itself enforces the content policy. */
const RULES: readonly EmulatorRule[] = [
  { match: { promptIncludes: 'Glass teapot' }, times: 2, then: { failJob: 'MODEL_ERROR' } },
  { match: { promptIncludes: 'Yellow tram' }, times: 2, then: { refuse: 'CONCURRENT_JOBS_EXCEEDED' } },
  // Early in the batch: it must have items left to pause.
  {
    match: { promptIncludes: 'counterfeit banknote' },
    then: { failJob: 'INPUT_INVALID', message: POLICY, jobMs: 300 },
  },
];

export const PROMPTS_DEMO: DemoScenes = { listRules: async () => RULES, play };

async function play(demo: Demo): Promise<ExitCode> {
  const { id, context, uiUrl } = demo;
  const [rows, fixed] = [findDemoFile('prompts.csv'), findDemoFile('fixed.csv')];
  say(demo, 'The emulator replaces the API, so nothing is paid. It fails and refuses some requests, as the API may.');
  say(demo, `Temporal UI, while this runs: ${uiUrl}`);
  await step(demo, ['plan', rows]);
  await step(demo, ['batch', rows, '--id', id, '--concurrency', '12', '--max-failures', '0', '--detach']);
  const client = await ImagePipelineClient.connect({ env: context.env });
  try {
    const paused = await watch(demo, client.batch(id), true);
    if (paused === null) return EXIT.interrupted;
    if (paused === 'paused') await explainAndResume(demo);
    if ((await watch(demo, client.batch(id), false)) === null) return EXIT.interrupted;
  } finally {
    await client.close();
  }
  say(demo, 'That row is not retryable, so it was submitted only once. Redrive it with another prompt:');
  const code = await step(demo, ['redrive', id, '--input', fixed]);
  await step(demo, ['sheet', id, '--output', path.join(demo.dataDir, 'contact-sheet.png')]);
  await printSummary(demo, { sheets: { 'Contact sheet': 'contact-sheet.png' }, isRedriven: true });
  return code;
}

async function explainAndResume(demo: Demo): Promise<void> {
  say(demo, 'The batch paused before it spent more, and reports why: one row violates the content policy.');
  await step(demo, ['results', demo.id, '--outcome', 'failed', '--format', 'csv']);
  await step(demo, ['resume', demo.id]);
}

/** Shows the batch until it ends or, with `untilPaused`, until it is paused. Returns its state. */
async function watch({ context, interrupted }: Demo, batch: BatchHandle, untilPaused: boolean): Promise<string | null> {
  const last = await watchBatch(batch, context, interrupted, ({ state }) => untilPaused && state === 'paused');
  return last?.state ?? null;
}
