/** Every command that a document shows is one that the command line takes, with these flags and as many arguments. */
import type { Command } from 'commander';
import { loadAll } from '../../cli/main';
import { FAILURE_CODES } from '../../workflows/domain/failures/failures';
import { findHoldCommand, HOLD_CODES } from '../../workflows/domain/failures/hold-codes';
import { describeRemedy } from '../../workflows/domain/item/describe-remedy';
import { readDocuments } from './documents';

let program: Command;

beforeAll(async () => {
  const nowhere = { write: () => true };
  program = await loadAll({ env: {}, cwd: '.', stdout: nowhere, stderr: nowhere });
});

/** Words of a line of a shell without its comment; quotes are kept together and taken away. */
function splitWords(line: string): readonly string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return words.slice(0, comment === -1 ? undefined : comment).map((word) => word.replace(/["']/g, ''));
}

/** The end of a call; behind an ellipsis is what the reader knows. */
const SEPARATOR = /^(&&|\|\|?|;|>|2>|&|…)$/;
/** How our commands are called: by their name, or as what the service `cli` of Compose is given. */
const CALL = /^(imagepipeline|cli)$/;
/** Another name of the command line, behind `npx`; it is also that of a package. */
const PACKAGE = 'imagepipeline-temporal-worker';

/** What follows `imagepipeline` in each call of a line. */
function callsIn(line: string): readonly (readonly string[])[] {
  const words = splitWords(line);
  return words.flatMap((word, index) => {
    if (!CALL.test(word) && !(word === PACKAGE && words[index - 1] === 'npx')) return [];
    const rest = words.slice(index + 1);
    const end = rest.findIndex((one) => SEPARATOR.test(one));
    return [end === -1 ? rest : rest.slice(0, end)];
  });
}

/** The command that the first words name, and the words behind them. */
function findCommand(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  let command = program;
  let rest = words;
  for (;;) {
    const inner = command.commands.find((one) => one.name() === rest[0]);
    if (inner === undefined) return { command, rest };
    command = inner;
    rest = rest.slice(1);
  }
}

/** What is wrong with a whole call; `null`: nothing. */
function findProblem(words: readonly string[]): string | null {
  const { command, rest } = findCommand(words);
  if (command === program) return `there is no command ${words[0] ?? ''}`;
  if (rest.includes('--help')) return null;
  try {
    const { operands, unknown } = command.parseOptions([...rest]);
    if (unknown.length > 0) return `${command.name()} does not know ${unknown.join(' ')}`;
    const { registeredArguments: takes } = command;
    const most = takes.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : takes.length;
    const least = takes.filter(({ required }) => required).length;
    if (operands.length < least || operands.length > most)
      return `${command.name()} does not take ${operands.join(' ')}`;
    return null;
  } catch (error) {
    return String(error);
  }
}

/** In running text values are left out or stand for others, so that only names are looked at. */
function problemOfName(words: readonly string[]): string | null {
  const { command, rest } = findCommand(words.map((word) => word.replace(/\|.*/, '')));
  if (words.length > 0 && command === program) return `there is no command ${words[0]}`;
  const flags = rest.filter((word) => word.startsWith('--') && word !== '--help');
  const unknown = flags.filter((flag) => !command.options.some(({ long }) => long === flag));
  return unknown.length > 0 ? `${command.name()} does not know ${unknown.join(' ')}` : null;
}

const documents = readDocuments();

/** Every way in which an item can end with a code. */
const SUBJECTS = (['failed', 'unknown'] as const).flatMap((outcome) =>
  [null, 'job-1'].flatMap((jobId) =>
    [{}, { operation: 'upscale/image' }, { steps: [] }].map((more) => ({ outcome, jobId, id: 'a', ...more })),
  ),
);

test.each([...FAILURE_CODES, ...HOLD_CODES])('every command and flag in the remedy of %s exists', (code) => {
  const all = program.commands.flatMap((command) => [command, ...command.commands]).flatMap(({ options }) => options);
  const known = new Set(all.map(({ long }) => long));
  for (const subject of SUBJECTS) {
    const remedy = describeRemedy(code, subject);
    const commands = remedy.match(/"imagepipeline [^"]*"/g) ?? [];
    expect(commands.map((one) => problemOfName(callsIn(one.slice(1, -1)).flat())).filter(Boolean)).toEqual([]);
    const flags = remedy.match(/(?<= )--[a-z-]+/g) ?? [];
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
    // A name of an option of the library stands beside the flag of the command.
    if (remedy.includes('waitWhileHeld')) expect(flags).toContain('--wait-for-account');
  }
});

test.each(HOLD_CODES)('the command that ends a hold with %s is taken as it stands', (code) => {
  expect(findProblem(findHoldCommand(code).split(' '))).toBeNull();
});

test('every command in a block for a shell is taken as it stands', () => {
  const calls = documents
    .flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'sh'))
    .flatMap(({ place, code }) =>
      code
        .replaceAll('\\\n', ' ')
        .split('\n')
        .flatMap(callsIn)
        .map((words) => ({ place, words })),
    );
  expect(calls.length).toBeGreaterThan(30);
  expect(calls.flatMap(({ place, words }) => findProblem(words)?.replace(/^/, `${place}: `) ?? [])).toEqual([]);
});

test('every command and flag in running text exists', () => {
  const calls = documents.flatMap(({ inline }) =>
    inline.flatMap(({ place, code }) => callsIn(code).map((words) => ({ place, words }))),
  );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.flatMap(({ place, words }) => problemOfName(words)?.replace(/^/, `${place}: `) ?? [])).toEqual([]);
});

/** The parts of the documents that are about a clone, where npx finds the command of the clone. */
const ABOUT_A_CLONE = /^(docs\/quick-start\.md|CONTRIBUTING\.md|README\.md:([1-9]|[1-3]\d))(:|$)/;

test('npx outside a clone is told the name of our package: another name may be that of another package', () => {
  const shown = documents.flatMap(({ blocks, inline }) => [...blocks, ...inline]);
  const strange = shown.filter(({ code }) => /\bnpx (--\S+ )*imagepipeline(?!-temporal-worker\b)/.test(code));
  expect(shown.some(({ code }) => code.includes(`npx ${PACKAGE}`))).toBe(true);
  expect(strange.map(({ place }) => place).filter((place) => !ABOUT_A_CLONE.test(place))).toEqual([
    // It says why not.
    expect.stringMatching(/^README\.md:/),
  ]);
});

test.each([
  ['npx imagepipeline bach rows.csv', /no command bach/],
  ['npx imagepipeline batch rows.csv --color', /does not know --color/],
  ['A=1 npx imagepipeline batch rows.csv --weight | cat', /argument missing/],
  ['npx imagepipeline status', /does not take/],
  ['npx imagepipeline account status spring # of a batch', /does not take spring/],
])('%s would be noticed', (line, problem) => {
  expect(callsIn(line).map(findProblem)).toEqual([expect.stringMatching(problem)]);
});

test('a flag in running text that does not exist would be noticed', () => {
  expect(callsIn('imagepipeline account limit --most').map(problemOfName)).toEqual(['limit does not know --most']);
});
