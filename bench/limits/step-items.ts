/** A batch of items of several steps beside the other one. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findPackageRoot } from '../../tools/temporal/package-root';

export interface StepItems {
  readonly rows: string;
  readonly recipe: string;
  readonly weight: number;
}

const SIZE = { width: 64, height: 64 } as const;
const RECIPE = {
  steps: [
    { id: 'base', operation: 'generate/image', fields: { prompt: '{{prompt}}', ...SIZE } },
    { id: 'cutout', operation: 'background/remove/image', fields: { input_image: '{{steps.base}}' } },
    { id: 'large', operation: 'upscale/image', fields: { input_image: '{{steps.cutout}}', scale: 2 } },
  ],
};

export function writeSteps(folder: string, items: number, weight: number): StepItems {
  const rows = path.join(folder, 'steps.csv');
  const recipe = path.join(folder, 'steps.json');
  writeFileSync(rows, ['prompt', ...Array.from({ length: items }, (_, item) => `steps ${item}`), ''].join('\n'));
  writeFileSync(recipe, JSON.stringify(RECIPE));
  return { rows, recipe, weight };
}

/** Arguments of `node` for that batch. */
export function buildStepsCommand({ rows, recipe, weight }: StepItems): readonly string[] {
  const command = path.join(findPackageRoot(), 'bin', 'imagepipeline.js');
  return [command, 'batch', rows, '--recipe', recipe, '--id', 'steps', '--json', '--weight', String(weight)];
}
