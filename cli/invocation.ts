/** Commands in hints, as this shell has to type them: with `npx` where that was used, and with the settings that differ. */
import path from 'node:path';
import type { Environment } from '../workflows/domain/base/environment';
import type { CliContext } from './context';

export const DEFAULT_PROGRAM = 'imagepipeline';

/** Settings that decide where a command looks. Secrets are never repeated. */
const REPEATED_SETTINGS = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
  'IMAGEPIPELINE_STORE',
  'IMAGEPIPELINE_ACCOUNT',
] as const;

type Caller = Pick<CliContext, 'env' | 'program'>;

/**
 * How this process was called, without its arguments, for instance `npx imagepipeline`.
 *
 * @param script the file that Node was given
 */
export function findProgram(script: string, env: Environment, cwd: string): string {
  // npm and npx set it; their path to the script is in no PATH of the shell.
  if (env['npm_command'] !== undefined) return `npx ${DEFAULT_PROGRAM}`;
  const folder = path.dirname(script);
  const folders = (env['PATH'] ?? '').split(path.delimiter).map((one) => path.resolve(one));
  const isInPath = folders.includes(folder);
  if (isInPath && path.basename(script) === DEFAULT_PROGRAM) return DEFAULT_PROGRAM;
  const relative = path.relative(cwd, script);
  return `node ${quote(relative.startsWith('..') ? script : relative)}`;
}

/**
 * @param words what follows the name of the program; already quoted where it has to be
 * @param settings that the command needs beside those of this shell; default none
 */
export function toCommand(words: string, caller: Caller, settings: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)} `);
  return `${more.join('')}${findPrefix(caller, words)} ${words}`;
}

/** A text with its commands, which stand in double quotes or behind a colon, as this shell types them. */
export function withCommands(text: string, caller: Caller): string {
  return text.replace(
    /("|: )imagepipeline (?=([a-z]+))/g,
    (_match, before: string, command: string) => `${before}${findPrefix(caller, command)} `,
  );
}

function findPrefix({ env, program = DEFAULT_PROGRAM }: Caller, command: string): string {
  // `dev` has a server of its own.
  const settings = REPEATED_SETTINGS.filter((name) => command !== 'dev' || !name.startsWith('TEMPORAL_'));
  // Neither cmd nor PowerShell has such a prefix.
  const words = (process.platform === 'win32' ? [] : settings).flatMap((name) => {
    const value = env[name]?.trim();
    return value ? [`${name}=${quote(value)}`] : [];
  });
  return [...words, program].join(' ');
}

/** As a POSIX shell reads it as one word. */
function quote(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
