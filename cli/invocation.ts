/** Formats the commands in hints as this shell must type them: with `npx` if it was used, and with the settings that differ. */
import path from 'node:path';
import type { Environment } from '../workflows/domain/base/environment';
import type { CliContext } from './context';

const DEFAULT_PROGRAM = 'imagepipeline';
/** The package of the command line, whose own command has its name: `npx` would look for any other name in the registry. */
const PACKAGE = 'imagepipeline-temporal-worker';
/** Where npx keeps what it has downloaded. */
const NPX_CACHE = /[\\/]_npx[\\/]/;

/** Settings that select the server, store and account of a command. Never secrets. */
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
 * Returns how this process was called, without arguments, for instance `npx imagepipeline`.
 *
 * @param script the file that Node runs
 */
export function findProgram(script: string, env: Environment, cwd: string): string {
  // npm and npx set this variable; their path to the script is not in the shell's PATH.
  if (env['npm_command'] !== undefined) return `npx ${NPX_CACHE.test(script) ? PACKAGE : DEFAULT_PROGRAM}`;
  const folder = path.dirname(script);
  const folders = (env['PATH'] ?? '').split(path.delimiter).map((one) => path.resolve(one));
  const isInPath = folders.includes(folder);
  if (isInPath && path.basename(script) === DEFAULT_PROGRAM) return DEFAULT_PROGRAM;
  const relative = path.relative(cwd, script);
  return `node ${quote(relative.startsWith('..') ? script : relative)}`;
}

/**
 * @param words the words after the program's name, quoted where necessary
 * @param settings further settings of the command; default none
 */
export function toCommand(words: string, caller: Caller, settings: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)} `);
  return `${more.join('')}${findPrefix(caller, words)} ${words}`;
}

/** Rewrites the commands in a text, which follow a double quote or a colon, as this shell must type them. */
export function withCommands(text: string, caller: Caller): string {
  return text.replace(
    /("|: )imagepipeline (?=([a-z]+))/g,
    (_match, before: string, command: string) => `${before}${findPrefix(caller, command)} `,
  );
}

function findPrefix({ env, program = DEFAULT_PROGRAM }: Caller, command: string): string {
  // `dev` starts its own server.
  const settings = REPEATED_SETTINGS.filter((name) => command !== 'dev' || !name.startsWith('TEMPORAL_'));
  // Neither cmd nor PowerShell supports variables before a command.
  const words = (process.platform === 'win32' ? [] : settings).flatMap((name) => {
    const value = env[name]?.trim();
    return value ? [`${name}=${quote(value)}`] : [];
  });
  return [...words, program].join(' ');
}

/** How this process was called, without arguments and settings. */
export function nameProgram({ program = DEFAULT_PROGRAM }: Pick<CliContext, 'program'>): string {
  return program;
}

/** Quotes a text as one word for a POSIX shell. */
export function quote(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
