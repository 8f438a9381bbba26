/** The batches whose histories are kept: what each one shows, and how it is made. */
import { BatchCli } from '../cli/batch-cli';
import type { HowFew } from '../support/few-events';
import { fetchFirstRun, readable, readHistory } from '../support/history';
import type { Rig } from '../support/rig';
import { until } from '../support/until';
import { inFlight, startBatch } from './batch-fixtures';

const OPTIONS = { concurrency: 3, pageSize: 3 };

export interface RecordedBatch {
  /** Makes a batch of that name live in its way. */
  live(rig: Rig, id: string): Promise<void>;
  /** Whether its workflows continue as new after a few events. Default: they do not. */
  readonly fewEvents?: HowFew;
  /** Histories that are kept beside those of the batch and of its first page, by the ending of their files. */
  readonly more?: Readonly<Record<string, RecordedHistory>>;
}

export interface RecordedHistory {
  /** What follows the id of the batch in that of the workflow. */
  readonly workflow: string;
  /** Whether it is that of its first run, which continued as new. Default: of its last one. */
  readonly isFirst?: true;
}

const OF_EVERY_BATCH: Readonly<Record<string, RecordedHistory>> = {
  '': { workflow: '' },
  '.page': { workflow: '/page-000000' },
};

export const RECORDINGS: Readonly<Record<string, RecordedBatch>> = {
  'paused-and-resumed': {
    live: async (rig, id) => {
      const asking = (number: number) => ['', '{{INPUT_INVALID}}', '{{MODEL_ERROR x1}}'][number] ?? '';
      const batch = await startBatch(rig, id, 6, { ...OPTIONS, asking });
      await until('jobs are in flight', () => inFlight(rig, id) > 0);
      await batch.pause('for the record');
      await batch.set({ concurrency: 2 });
      await batch.resume();
      await batch.result();
    },
  },
  cancelled: {
    live: async (rig, id) => {
      const batch = await startBatch(rig, id, 9, OPTIONS);
      await until('jobs are in flight', () => inFlight(rig, id) > 0);
      await batch.cancel();
      await batch.result();
    },
  },
  'with-a-dead-page': {
    live: async (rig, id) => {
      const batch = await startBatch(rig, id, 6, OPTIONS);
      await until('jobs are in flight', () => inFlight(rig, id) > 0);
      await rig.client.temporal.workflow.getHandle(`${id}/page-000000`).terminate();
      await batch.result();
    },
  },
  'workflow-per-image': {
    live: async (rig, id) => {
      await (await startBatch(rig, id, 2, { ...OPTIONS, workflowPerImage: true })).result();
    },
  },
  /** Items of three steps: a step whose first job fails, one that ends its item, and the redrive from there. */
  'steps-redriven': {
    live: async (rig, id) => {
      const cli = new BatchCli(rig);
      const faults = ['{{MODEL_ERROR x1}}', '{{INPUT_INVALID x1}}', 'plain'];
      const { status } = await startSteps(cli, id, faults);
      if (status.counts.failed !== 1) throw new Error(`one item should have failed: ${JSON.stringify(status.counts)}`);
      await cli.toEnd('redrive', id, '--yes');
    },
    more: { '.redriven.page': { workflow: '/page-000001' } },
  },
  /** The same, where the page continues as new between and within steps. */
  'steps-continued': {
    live: async (rig, id) => {
      await startSteps(new BatchCli(rig), id, ['{{MODEL_ERROR x1}}', 'plain', '{{MODEL_ERROR x2}}', 'plain']);
      const page = rig.client.temporal.workflow.getHandle(`${id}/page-000000`);
      const { runId } = await page.describe();
      if (runId === (await fetchFirstRun(page))) throw new Error('the page should have continued as new');
      const carried = readable(await readHistory(rig, `${id}/page-000000`));
      if (!carried.includes('"finished":[{"id":"base"')) throw new Error('no item was between its steps then');
    },
    fewEvents: 'few',
    more: { '.first.page': { workflow: '/page-000000', isFirst: true } },
  },
};

/** @param faults what is written into the prompt of the second step of each item */
function startSteps(cli: BatchCli, id: string, faults: readonly string[]) {
  const recipe = cli.write(
    `${id}.yaml`,
    `
steps:
  - id: base
    operation: generate/image
    fields: { prompt: "{{key}} at base", width: 32, height: 32 }
  - id: edited
    operation: edit/image
    fields: { prompt: "{{key}} at edited. {{fault}}", input_image: "{{steps.base}}" }
  - id: large
    operation: upscale/image
    fields: { input_image: "{{steps.edited}}", scale: 2 }
keep: [edited]
`,
  );
  const rows = cli.write(`${id}.csv`, ['key,fault', ...faults.map((fault, at) => `k${at},${fault}`), ''].join('\n'));
  return cli.toEnd('batch', id, rows, '--recipe', recipe, '--concurrency', '3');
}

/** A kept history: its file, and the workflow that it is of. */
export interface KeptHistory extends RecordedHistory {
  readonly file: string;
  readonly workflowId: string;
}

export function listKept(id: string): readonly KeptHistory[] {
  const all = { ...OF_EVERY_BATCH, ...RECORDINGS[id]?.more };
  return Object.entries(all).map(([ending, kept]) => {
    return { ...kept, file: `${id}${ending}.jsonl`, workflowId: `${id}${kept.workflow}` };
  });
}
