/** Adds `imagepipeline gateway token`. */

import type { Command } from 'commander';
import { createToken } from '../../gateway';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { UsageError } from '../usage-error';

interface TokenFlags {
  readonly name?: string;
  readonly role?: string;
  readonly prefix?: string;
}

export function addTokenCommand(
  gateway: Command,
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
  done: (code: ExitCode) => void,
): void {
  gateway
    .command('token')
    .description(
      'make a token of the HTTP API: prints it once on stderr, and its entry for IMAGEPIPELINE_API_TOKENS_FILE on stdout',
    )
    .option('--name <name>', 'of the caller, for example shop')
    .option('--role <role>', 'read, operate or start; each includes those before it')
    .option('--prefix <prefix>', 'only ids that begin with it, and not the account (default: everything)')
    .action((flags: TokenFlags) => {
      const { token, entry, problems } = createToken({ ...flags });
      if (problems.length > 0) throw new UsageError(problems.map(({ field, problem }) => `--${field} ${problem}`));
      stderr.write(`token: ${token}\n`);
      stdout.write(`${JSON.stringify(entry)}\n`);
      done(EXIT.done);
    });
}
