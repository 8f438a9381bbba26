/** Items of three steps, whose prompts name the item and the step, so that the ledger can tell them apart. */
import type { LedgerEntry } from '../../emulator';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import type { BatchCli } from '../cli/batch-cli';
import type { Rig } from '../support/rig';

export const STEPS = ['base', 'edited', 'large'] as const;

/** `fault` asks every step for it, `bad` the second one. */
export const RECIPE = `
steps:
  - id: base
    operation: generate/image
    fields: { prompt: "{{key}} at base. {{fault}}", width: 32, height: 32 }
  - id: edited
    operation: edit/image
    fields: { prompt: "{{key}} at edited. {{fault}} {{bad}}", input_image: "{{steps.base}}" }
  - id: large
    operation: background/change/image
    fields: { prompt: "{{key}} at large. {{fault}}", input_image: ["{{steps.edited}}"], output_format: png }
keep: [edited]
`;

/** Items of this recipe, at a terminal. */
export class StepItems {
  constructor(
    private readonly rig: Pick<Rig, 'emulator'>,
    private readonly cli: BatchCli,
  ) {
    cli.write('recipe.yaml', RECIPE);
  }

  /** Writes one row for each key. */
  writeRows(
    id: string,
    keys: readonly string[],
    faultOf: (index: number) => { readonly fault?: string; readonly bad?: string } = () => ({}),
  ): string {
    const rows = keys.map((key, index) => {
      const { fault = 'plain', bad = 'plain' } = faultOf(index);
      return `${key},${fault},${bad}`;
    });
    return this.cli.write(`${id}.csv`, ['key,fault,bad', ...rows, ''].join('\n'));
  }

  async start(id: string, keys: readonly string[], ...flags: readonly string[]): Promise<void> {
    await this.cli.run('batch', this.writeRows(id, keys), '--recipe', 'recipe.yaml', '--id', id, '--detach', ...flags);
  }

  /** What the provider accepted for a step of an item. */
  jobsOf(key: string, step: string): readonly LedgerEntry[] {
    return this.rig.emulator.ledger().jobs.filter(({ prompt }) => prompt.startsWith(`${key} at ${step}.`));
  }

  countJobs(key: string): readonly number[] {
    return STEPS.map((step) => this.jobsOf(key, step).length);
  }

  countCharges(key: string): readonly number[] {
    return STEPS.map((step) => this.jobsOf(key, step).filter(({ charged }) => charged).length);
  }
}

/** Each step with its outcome, and how many files it has. */
export function describeSteps(line: ItemResultRow | undefined): readonly string[] {
  return line?.steps?.map(({ id, outcome, files }) => `${id} ${outcome} ${files.length}`) ?? [];
}
