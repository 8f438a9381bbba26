import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { examine, type Named } from './examine';

const MARKS: Readonly<Record<Named['state'], string>> = { ok: '✓', failed: '✗', skipped: '–' };

/** Adds `imagepipeline doctor`. */
export const addDoctorCommand: AddCommand = (program, context, done) => {
  program
    .command('doctor')
    .description('check everything that a worker needs on this host and report what to fix (free)')
    .option('--json', 'print one object on stdout and nothing else')
    .action(async ({ json }: { json?: true }) => done(await doctor(json === true, context)));
};

async function doctor(json: boolean, context: CliContext): Promise<ExitCode> {
  const { env, cwd, stdout } = context;
  const findings = await examine(env, cwd);
  const isWell = findings.every(({ state }) => state !== 'failed');
  if (json) stdout.write(`${JSON.stringify({ ok: isWell, checks: findings })}\n`);
  else for (const finding of findings) stdout.write(`${withCommands(formatFinding(finding), context)}\n`);
  return isWell ? EXIT.done : EXIT.badInput;
}

function formatFinding(finding: Named): string {
  const line = `${MARKS[finding.state]} ${finding.check.padEnd(10)} ${finding.found}`;
  return finding.state === 'failed' ? `${line} → ${finding.remedy}` : line;
}
