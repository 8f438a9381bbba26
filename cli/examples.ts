/** Examples of every command, shown below its `--help`. */
import type { Command } from 'commander';
import { getOwn } from '../workflows/domain/base/own-value';
import {
  findFieldRule,
  getOperationRow,
  listRequiredFields,
  OPERATION_NAMES,
  type OperationName,
} from '../workflows/domain/operations/operations';
import { toDashes } from './item/request-flags';

/** Examples by command path; each is the text after `imagepipeline`. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  dev: ['dev', 'dev --callbacks --data-dir /tmp/images'],
  generate: [
    'generate "a red bicycle in the rain"',
    'generate "a red bicycle" --width 512 --height 512 --seed 7 --id banner-1 --json',
    'generate "a red bicycle" --count 4 --output bicycle.webp',
  ],
  run: ['run upscale/image --input-image https://example.com/photo.png --scale 2'],
  ...runExamples(),
  operations: ['operations', 'operations edit/image', 'operations --json'],
  worker: ['worker'],
  gateway: ['gateway --gateway-port 8234'],
  'gateway token': ['gateway token --name shop --role start --prefix shop-'],
  emulator: ['emulator --port 8080 --job-ms 500', 'emulator --max-concurrent 4 --credits 100'],
  plan: ['plan rows.csv', 'plan rows.jsonl --price generate/image=0.02', 'plan rows.csv --recipe product-shot.yaml'],
  batch: [
    'batch rows.csv --id spring',
    'batch rows.csv --concurrency 8 --max-failures 5% --detach',
    'batch photos --operation background/remove/image --output out',
    'batch rows.csv --recipe product-shot.yaml --set colour=green',
    'batch rows.csv --id nightly --schedule "0 2 * * *" --timezone Europe/Berlin',
  ],
  schedule: ['schedule list', 'schedule show nightly'],
  'schedule list': ['schedule list', 'schedule list --json'],
  'schedule show': ['schedule show nightly'],
  'schedule pause': ['schedule pause nightly "until the catalogue is complete"'],
  'schedule resume': ['schedule resume nightly'],
  'schedule trigger': ['schedule trigger nightly'],
  'schedule delete': ['schedule delete nightly'],
  status: ['status spring --watch', 'status banner-1'],
  results: ['results spring --outcome failed', 'results spring --format csv > results.csv'],
  download: ['download spring --to out', 'download banner-1 --to out'],
  list: ['list', 'list --state running', 'list --items --json'],
  sheet: ['sheet spring'],
  rescue: ['rescue job_a1b2c3'],
  redrive: ['redrive spring --code MODEL_ERROR', 'redrive spring --input fixed.csv'],
  pause: ['pause spring'],
  resume: ['resume spring'],
  cancel: ['cancel spring', 'cancel banner-1 --now'],
  set: ['set spring --concurrency 8 --weight 2', 'set spring --budget-submissions 500 --max-failures 5%'],
  concurrency: ['concurrency spring 8'],
  'max-failures': ['max-failures spring 5%'],
  account: ['account status --watch'],
  'account status': ['account status --watch'],
  'account hold': ['account hold "checking the invoice"'],
  'account resume': ['account resume'],
  'account set': [
    'account set --max-concurrency 8 --submissions 1000',
    'account set --cost 20 --price 0.04',
    'account set --hold-below 5usd',
    'account set --hours 22:00-06:00 --timezone Europe/Berlin',
  ],
  'account budget': ['account budget --submissions 1000', 'account budget --cost 20 --price 0.04'],
  'account limit': ['account limit --max-concurrency 8 --max-rate none'],
  profiles: ['profiles list'],
  'profiles list': ['profiles list --json'],
  'profiles create': ['profiles create --name spring --palette "#0a7cff,#ffffff" --steps 30'],
  'profiles show': ['profiles show prof_a1b2c3'],
  'profiles change': ['profiles change prof_a1b2c3 --description "spring campaign"'],
  'profiles delete': ['profiles delete prof_a1b2c3'],
  segment: ['segment https://example.com/photo.png'],
  budget: ['budget spring 500'],
  usage: ['usage', 'usage --json'],
  delete: ['delete spring', 'delete banner-1 --yes'],
  prune: ['prune --older-than 90d --dry-run', 'prune --older-than 90d --yes'],
  doctor: ['doctor', 'doctor --live --max-submissions 3 --operation generate/image upscale/image'],
  setup: ['setup'],
  completion: ['completion bash > ~/.local/share/bash-completion/completions/imagepipeline'],
  failures: ['failures', 'failures --json'],
  demo: ['demo', 'demo --photos'],
};

/** One example per operation: the smallest useful request. */
function runExamples(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(OPERATION_NAMES.map((name) => [`run ${name}`, [`run ${name} ${exampleFlags(name)}`]]));
}

function exampleFlags(name: OperationName): string {
  const fields = new Set([getOperationRow(name).main, ...listRequiredFields(name)]);
  return [...fields].map((field) => `--${toDashes(field)} ${exampleValue(name, field)}`).join(' ');
}

function exampleValue(name: OperationName, field: string): string {
  return findFieldRule(name, field)?.type === 'text' ? '"on a beach"' : `https://example.com/${field}.png`;
}

/** Adds examples to the help of a command and of its subcommands. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const examples = getOwn(EXAMPLES, path.join(' ')) ?? [];
  const lines = examples.map((example) => `  imagepipeline ${example}`);
  if (lines.length > 0)
    command.addHelpText('after', `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.join('\n')}`);
  for (const inner of command.commands) addExamples(inner, [...path, inner.name()]);
}
