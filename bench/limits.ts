/**
 * Batches under hidden limits: `imagepipeline batch`, compared with scripts that know or guess the limit. Server,
 * emulator, worker and command are separate processes and use only loopback.
 */
import { parseArgs } from 'node:util';
import { resolveTemporalCli } from '../tools/temporal';
import { run } from './limits/run';
import { SCENARIOS, type Scenario } from './limits/scenarios';
import { COLUMNS, formatCells, formatTitle, missedBars } from './limits/sheet';
import { BATCH_WITH_LIMIT, SUBJECTS, type Subject } from './limits/subjects';
import { named } from './named';
import { reportSheet } from './report';

const ABOUT =
  'Job times lognormal, σ 0.4, seed 1; server in memory. **Bold** misses its bar, which the batch alone has.';

interface Choice {
  readonly scenarios: readonly Scenario[];
  readonly subjects: readonly Subject[];
}

async function main(): Promise<void> {
  const { scenarios, subjects } = choiceFrom(process.argv.slice(2));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const rows: (readonly string[])[] = [];
  const missed: string[] = [];
  try {
    for (const scenario of scenarios) {
      // A script has no items of several steps.
      for (const subject of subjects.filter(({ isBatch }) => isBatch || scenario.beside === undefined)) {
        const figures = await run(subject, scenario, { cliPath, env: process.env });
        rows.push(formatCells(scenario, subject, figures));
        missed.push(...missedBars(scenario, subject, figures));
        process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`);
      }
    }
  } finally {
    // A whole run takes long: report what was measured even if a later one fails.
    reportSheet('limits', ABOUT, { columns: COLUMNS, rows, order: SCENARIOS.map(formatTitle) });
  }
  for (const line of missed) process.stderr.write(`${line}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

function choiceFrom(args: readonly string[]): Choice {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      known: { type: 'boolean', default: false },
      subject: { type: 'string', multiple: true, default: [] },
      items: { type: 'string' },
      'median-ms': { type: 'string' },
    },
  });
  const changes = {
    ...(values.items === undefined ? {} : { items: countFrom('--items', values.items) }),
    ...(values['median-ms'] === undefined ? {} : { medianMs: countFrom('--median-ms', values['median-ms']) }),
  };
  const subjects = values.known ? [BATCH_WITH_LIMIT, ...SUBJECTS.slice(1)] : SUBJECTS;
  return {
    scenarios: named('scenario', SCENARIOS, positionals).map((scenario) => ({ ...scenario, ...changes })),
    subjects: named('subject', subjects, values.subject),
  };
}

function countFrom(flag: string, value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${flag} is "${value}"; give a whole number above 0`);
  return count;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
