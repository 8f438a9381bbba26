import type { Command } from 'commander';
import { findClosestMatch } from '../input/requests/closest-match';

/** Problems with the command line: all of them at once. Nothing was started. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Everything after it is an argument, even if it begins with a dash. */
const END_OF_FLAGS = '--';

/**
 * Sorts the arguments of a command that accepts unknown ones: the arguments it can use, and a problem for each other one.
 *
 * @param names names of the expected arguments, in order
 */
export function sortWords(command: Command, names: readonly string[]): { words: string[]; problems: string[] } {
  const known = command.options.flatMap(({ long }) => (long ? [long] : []));
  const literal = literalWords(command);
  const typed = removeOnce(command.args, [...literal, END_OF_FLAGS]);
  const words = [...typed.filter((word) => !isFlag(word)), ...literal];
  const flags = typed.filter(isFlag);
  // The word after an unknown flag may be its value, so it is not reported too.
  const excess = flags.length > 0 ? [] : words.slice(names.length);
  const problems = [
    ...flags.map((flag) => unknownFlag(flag, known)),
    ...excess.map((word) => unexpected(word, names.at(-1))),
  ];
  return { words, problems };
}

/**
 * Refuses arguments that begin with a dash and contain a space: they are texts, not flags. Commander would read the
 * first letter as a flag: `-hot summer` as `-h`.
 *
 * @throws UsageError that says what to type instead, without the text, since it may be a prompt
 */
export function refuseDashedTexts(argv: readonly string[]): void {
  const end = argv.indexOf(END_OF_FLAGS);
  const texts = argv.slice(0, end < 0 ? argv.length : end).filter((word) => /^-[^\s=]*\s/.test(word));
  if (texts.length === 0) return;
  throw new UsageError(
    texts.map(({ length }) => `an argument of ${length} characters begins with a dash; ${PUT_BEHIND}`),
  );
}

const PUT_BEHIND =
  'put flags first and the text after --, for instance: imagepipeline generate --seed 7 -- "-20 C, frozen lake"';

/** The arguments after `--`. */
function literalWords(command: Command): readonly string[] {
  const { rawArgs } = findRoot(command) as Command & { readonly rawArgs: readonly string[] };
  const end = rawArgs.indexOf(END_OF_FLAGS);
  return end < 0 ? [] : rawArgs.slice(end + 1);
}

function findRoot(command: Command): Command {
  return command.parent === null ? command : findRoot(command.parent);
}

/** Removes each word of `taken` once. */
function removeOnce(words: readonly string[], taken: readonly string[]): readonly string[] {
  const left = [...words];
  for (const word of taken) {
    const at = left.lastIndexOf(word);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** Whether a word is a flag. A lone dash means standard input. */
function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function unexpected(word: string, last: string | undefined): string {
  if (isFlag(word)) return `unexpected argument "${word}"; flags must come before --`;
  return `unexpected argument "${word}"${last === undefined ? '' : `; quote the ${last}`}`;
}

function unknownFlag(flag: string, known: readonly string[]): string {
  const near = findClosestMatch(flag, known);
  return `unknown flag ${flag}; ${near === null ? 'see --help, or put -- before it if it is a text' : `did you mean ${near}?`}`;
}
