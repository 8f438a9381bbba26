import type { Command } from 'commander';
import { findClosestMatch } from '../client/requests/closest-match';

/** Problems with what was typed; every one at once, and nothing was started. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Everything behind it is an argument, whatever it looks like. */
const END_OF_FLAGS = '--';

/**
 * What a command that takes unknown words was given: the words it can use, and a problem for each that it cannot.
 *
 * @param names of the arguments, in their order
 */
export function sortWords(command: Command, names: readonly string[]): { words: string[]; problems: string[] } {
  const known = command.options.flatMap(({ long }) => (long ? [long] : []));
  const literal = literalWords(command);
  const typed = removeOnce(command.args, [...literal, END_OF_FLAGS]);
  const words = [...typed.filter((word) => !isFlag(word)), ...literal];
  const flags = typed.filter(isFlag);
  // The word behind an unknown flag may be its value, so it is not held against the caller as well.
  const excess = flags.length > 0 ? [] : words.slice(names.length);
  const problems = [
    ...flags.map((flag) => unknownFlag(flag, known)),
    ...excess.map((word) => unexpected(word, names.at(-1))),
  ];
  return { words, problems };
}

/**
 * Words that begin with a dash and go on behind a blank are texts, not flags. Commander would take the first letter for
 * a flag: `-hot summer` for `-h`.
 *
 * @throws UsageError with what to type instead; the text is not repeated, since it may be a prompt
 */
export function refuseDashedTexts(argv: readonly string[]): void {
  const end = argv.indexOf(END_OF_FLAGS);
  const texts = argv.slice(0, end < 0 ? argv.length : end).filter((word) => /^-[^\s=]*\s/.test(word));
  if (texts.length === 0) return;
  throw new UsageError(texts.map(({ length }) => `a text of ${length} characters begins with a dash; ${PUT_BEHIND}`));
}

const PUT_BEHIND =
  'put flags first and the text behind --, for instance: imagepipeline generate --seed 7 -- "-20 C, frozen lake"';

/** What was typed behind `--`. */
function literalWords(command: Command): readonly string[] {
  const { rawArgs } = findRoot(command) as Command & { readonly rawArgs: readonly string[] };
  const end = rawArgs.indexOf(END_OF_FLAGS);
  return end < 0 ? [] : rawArgs.slice(end + 1);
}

function findRoot(command: Command): Command {
  return command.parent === null ? command : findRoot(command.parent);
}

/** Each of `taken` leaves once. */
function removeOnce(words: readonly string[], taken: readonly string[]): readonly string[] {
  const left = [...words];
  for (const word of taken) {
    const at = left.lastIndexOf(word);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** A lone dash is standard input. */
function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function unexpected(word: string, last: string | undefined): string {
  if (isFlag(word)) return `unexpected argument "${word}"; flags must stand before --`;
  return `unexpected argument "${word}"${last === undefined ? '' : `; put the ${last} into quotes`}`;
}

function unknownFlag(flag: string, known: readonly string[]): string {
  const near = findClosestMatch(flag, known);
  return `${flag} is not known; ${near === null ? `see --help, or put -- before it if it is a text` : `did you mean ${near}?`}`;
}
