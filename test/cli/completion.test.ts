/** Completions as a real shell gives them, and examples below every help. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { loadAll } from '../../cli/main';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';

const folder = tempFolder();
const script = path.join(folder, 'completion.bash');
let program: Command;

beforeAll(async () => {
  const { stdout } = await runInside(['completion', 'bash'], folder, {});
  writeFileSync(script, stdout);
  const nowhere = { write: () => true };
  program = await loadAll({ env: {}, cwd: folder, stdout: nowhere, stderr: nowhere });
});

/** What bash offers when Tab is pressed behind the words; the last one is what has been typed of the next. */
function offered(...words: readonly string[]): readonly string[] {
  const bash = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
    _imagepipeline
    printf '%s\\n' "\${COMPREPLY[@]}"
  `;
  const printed = execFileSync('bash', ['--norc', '-c', bash, 'bash', script, 'imagepipeline', ...words], {
    encoding: 'utf8',
  });
  return printed.split('\n').filter((line) => line !== '');
}

test('bash completes commands, commands below commands, flags and values', () => {
  expect(offered('')).toEqual(expect.arrayContaining(['generate', 'batch', 'doctor', 'completion']));
  expect(offered('ba')).toEqual(['batch']);
  expect(offered('account', 'h')).toEqual(['hold']);
  expect(offered('account', 'status', '--')).toEqual(['--json', '--watch']);
  expect(offered('batch', 'rows.csv', '--on')).toEqual(['--on-too-many-failures']);
  expect(offered('batch', 'rows.csv', '--format', '')).toEqual(['csv', 'jsonl']);
  expect(offered('generate', 'a shoe', '--output-format', '')).toEqual(['webp', 'jpeg', 'png']);
  expect(offered('redrive', 'spring', '--outcome', 'f')).toEqual(['failed']);
});

test('an operation is offered the choices of its own field', () => {
  expect(offered('run', 'generate/3d', '--mode', '')).toEqual(['generate', 'paint', 'generate_and_paint']);
  expect(offered('run', 'edit/image', '--mode', '')).toEqual([]);
});

test('where a name of a file or any text is due bash is left to offer files', () => {
  expect(offered('redrive', 'spring', '--input', '')).toEqual([]);
  expect(offered('batch', 'ro')).toEqual([]);
});

test('a word that is a command somewhere else is only a word', () => {
  expect(offered('batch', 'status', '--det')).toEqual(['--detach']);
  expect(offered('status', 'batch', '--det')).toEqual([]);
});

test('what zsh looks up is read by another shell alike, and fish gets every flag', async () => {
  const zsh = (await runInside(['completion', 'zsh'], folder, {})).stdout;
  const shared = /_imagepipeline_words\(\) \{[\s\S]*?^\}$/m.exec(zsh)?.[0] ?? '';
  const printed = execFileSync('sh', ['-c', `${shared}\n_imagepipeline_words account limit`], { encoding: 'utf8' });
  expect(printed.split('\n')).toEqual(expect.arrayContaining(['--max-concurrency', '--max-rate']));
  const fish = (await runInside(['completion', 'fish'], folder, {})).stdout;
  for (const { options } of everyCommand(program).map(([, command]) => command)) {
    for (const { long } of options) expect(fish).toContain(` -l ${long?.slice(2)} `);
  }
});

test('another shell is refused by name', async () => {
  const { code, stderr } = await runInside(['completion', 'tcsh'], folder, {});
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'unknown shell "tcsh"; must be one of bash, zsh, fish\n',
  });
});

test('every command has an example below its help, which names it and flags that it has', () => {
  for (const [words, command] of everyCommand(program)) {
    const help = readHelp(command);
    const examples = [...help.matchAll(/^ {2}imagepipeline (.*)$/gm)].map(([, example = '']) => example);
    expect({ words, has: examples.length > 0 }).toEqual({ words, has: true });
    for (const example of examples) {
      expect(example).toMatch(new RegExp(`^${words}( |$)`));
      const known = [command, ...command.commands].flatMap(({ options }) => options.map(({ long }) => long));
      for (const [flag] of example.matchAll(/(?<= )--[a-z-]+/g)) expect(known).toContain(flag);
    }
  }
});

test('the help lists every command under the heading of a task', () => {
  const headings = [...readHelp(program).matchAll(/^(\w.*):$/gm)].map(([, heading]) => heading);
  expect(headings.slice(0, 4)).toEqual(['Options', 'Get started', 'Run operations', 'Follow items and batches']);
  const ungrouped = program.commands.filter((command) => command.helpGroup() === 'Other:');
  expect(ungrouped.map((command) => command.name())).toEqual(['completion']);
});

function everyCommand(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  return command.commands.flatMap((inner) => {
    const path = [...words, inner.name()];
    return [[path.join(' '), inner] as const, ...everyCommand(inner, path)];
  });
}

function readHelp(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}
