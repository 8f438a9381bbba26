/** The flags of `imagepipeline plan` and their problems. */

import type { Command } from 'commander';
import { adviseOperation } from '../../input/requests/operation-advice';
import { isOperationName, OPERATION_NAMES, type OperationName } from '../../workflows/domain/operations/operations';
import { collectValues } from '../repeatable';
import { addInputFlags, type InputFlags } from './input-flags';

/** Flag values from commander. */
export interface PlanFlags extends InputFlags {
  readonly price?: readonly string[];
  readonly report?: string;
  readonly sample?: string;
  readonly checkProfiles?: true;
  readonly decode?: true;
  readonly json?: true;
}

export type Prices = ReadonlyMap<OperationName, number>;

export function addPlanFlags(command: Command): void {
  addInputFlags(command);
  command
    .option(
      '--report <file>',
      'write every problem and warning to this file (default for problems: FILE.problems.jsonl)',
    )
    .option('--sample <n>', 'also estimate an even sample of n items, as "batch --sample" starts it')
    .option('--check-profiles', 'ask the API, by a worker, whether every profile_id exists')
    .option('--decode', 'decode every picture completely; without it, their headers and ends are read')
    .option('--json', 'print one JSON object on stdout, and nothing else');
  addPriceFlag(command);
}

export function addPriceFlag(command: Command): void {
  command.option('--price <operation=amount>', 'cost of one submission; repeatable, once per operation', collectValues);
}

/** Parses prices like `generate/image=0.01`. Adds problems to `problems`. */
export function readPrices(texts: readonly string[], problems: string[]): Prices {
  const prices = new Map<OperationName, number>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    const [operation, amount] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
    const problem = priceProblem(operation, amount, at);
    if (problem !== null) problems.push(`--price is "${text}"; ${problem}`);
    else if (isOperationName(operation)) prices.set(operation, Number(amount));
  }
  return prices;
}

function priceProblem(operation: string, amount: string, at: number): string | null {
  if (at < 0) return `must be an operation and an amount, like ${OPERATION_NAMES[0]}=0.01`;
  if (!isOperationName(operation)) return adviseOperation(operation);
  return /^\d+(\.\d+)?$/.test(amount) ? null : 'the amount must be 0 or more, like 0.01';
}
