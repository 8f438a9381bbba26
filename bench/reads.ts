/**
 * Status reads per job, and the delay from a job's end until it is read as completed. Emulator, worker and server are
 * separate processes and use only loopback.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { resolveTemporalCli } from '../tools/temporal';
import { named } from './named';
import { CASES } from './reads/cases';
import { measure } from './reads/measure';
import { COLUMNS, formatCells, missedBars } from './reads/sheet';
import { reportSheet } from './report';

const ABOUT = 'Job times lognormal, σ 0.3; read cost 2 %; server in memory. **Bold** misses its bar.';

async function main(): Promise<void> {
  const { positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true });
  const cases = named('case', CASES, positionals);
  const onProgress = (line: string) => console.error(line);
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress });
  const rows: (readonly string[])[] = [];
  const missed: string[] = [];
  try {
    for (const one of cases) {
      const figures = await measure(one, { env: process.env, cliPath, onProgress });
      rows.push(formatCells(one, figures, os.loadavg()[0] ?? Number.NaN));
      missed.push(...missedBars(one, figures));
      onProgress(rows.at(-1)?.join(' | ') ?? '');
    }
  } finally {
    // Report what was measured even if a later case fails.
    const sheet = { columns: COLUMNS, rows, order: CASES.map(({ about }) => about) };
    if (rows.length > 0) reportSheet('reads', ABOUT, sheet);
  }
  for (const line of missed) onProgress(line);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
