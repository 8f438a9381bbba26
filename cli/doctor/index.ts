import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { UsageError } from '../usage-error';
import { examine, type Named } from './examine';
import { checkLive, findLiveProblems, type LiveFlags } from './live';

const MARKS: Readonly<Record<Named['state'], string>> = { ok: '✓', failed: '✗', skipped: '–' };

/** Adds `imagepipeline doctor`. */
export const addDoctorCommand: AddCommand = (program, context, done) => {
  program
    .command('doctor')
    .description('check everything that a worker needs on this host and report what to fix (free without --live)')
    .option('--json', 'print one object on stdout and nothing else')
    .option('--live', 'try the API itself with a few small jobs, which cost money, and compare it with what is assumed')
    .option('--max-submissions <n>', 'with --live: maximum submissions, 1 to 20; required')
    .option('--operation <name...>', `with --live: operations to try, in this order (default: ${DEFAULT_OPERATION})`)
    .option('--callback-url <url>', 'with --live: public address from which callbacks are forwarded to --callback-port')
    .option('--callback-port <port>', 'with --live: port on which to receive callbacks')
    .option('--wait-expiry', 'with --live: wait until the address of a result has expired, and try it again')
    .action(async (flags: LiveFlags) => {
      const problems = findLiveProblems(flags);
      if (problems.length > 0) throw new UsageError(problems);
      done(flags.live ? await checkLive(flags, context) : await doctor(flags.json === true, context));
    });
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
