/** Plain English: words that the product, its messages and its pages do not use, and what they say instead. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const PLACES = [
  'activities',
  'bench',
  'bin',
  'cli',
  'connection',
  'nexus',
  'client',
  'deploy',
  'docs',
  'emulator',
  'gateway',
  'input',
  'payloads',
  'telemetry',
  'tools',
  'worker',
  'workflows',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'Dockerfile',
  'README.md',
  'docker-compose.yml',
];
const TEXT = /(\.([cm]?[jt]s|tsx|css|html|json|md|ya?ml)|Dockerfile)$/;

const INSTEAD: readonly { readonly words: RegExp; readonly say: string }[] = [
  { words: /\b(whoever|nobody|somebody)\b/i, say: 'the noun: the caller, a user, another process' },
  { words: /\bmend(s|ed|ing)?\b/i, say: 'fix' },
  { words: /\b(beats?|beating)\b/i, say: 'heartbeat, or exceed' },
  { words: /\b(?<!fire)walls?\b(?![- ]clock)|\bwalled\b/i, say: 'refusal, or hold' },
  { words: /\becho(es|ed|ing)?\b/i, say: 'callback' },
  { words: /\b(told|tells?)\b/i, say: 'report, name, show, inform' },
  { words: /\b(heard|hears?)\b/i, say: 'receive, learn' },
  { words: /\bby (it|them)sel(f|ves)\b/i, say: 'automatically' },
  { words: /\b(go|goes|going|went) on\b/i, say: 'continue' },
  { words: /\bknown are\b/i, say: 'must be one of' },
  { words: /\banew\b/i, say: 'again, new' },
  { words: /\bat the (most|least)\b/i, say: 'at most, at least, maximum, minimum' },
  { words: /\blook(s|ed|ing)? after\b/i, say: 'follow, check' },
];

/** Texts that may contain the word, by file. */
const ALLOWED: readonly { readonly file: string; readonly text: string; readonly because: string }[] = [
  { file: 'input/secret-files.ts', text: '`echo`', because: 'the program of the shell' },
  { file: 'tools/temporal/startup-failure.ts', text: '"echo".*', because: "the web framework in Temporal's message" },
];

interface Found {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  readonly say: string;
}

function listFiles(place: string): readonly string[] {
  if (TEXT.test(place) && !place.includes('/')) return [place];
  const names = readdirSync(path.join(ROOT, place), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => TEXT.test(name)).map((name) => path.posix.join(place, name.split(path.sep).join('/')));
}

/** Names in the code are words as well. */
function splitIdentifiers(line: string): string {
  return line.replace(/([a-z])(?=[A-Z])/g, '$1 ').replaceAll('_', ' ');
}

function findWords(file: string, text: string): readonly Found[] {
  const allowed = ALLOWED.filter((one) => one.file === file);
  return text.split('\n').flatMap((line, index) => {
    const judged = splitIdentifiers(allowed.reduce((left, one) => left.replace(one.text, ''), line));
    return INSTEAD.flatMap(({ words, say }) => {
      const word = words.exec(judged)?.[0];
      return word === undefined ? [] : [{ file, line: index + 1, word, say }];
    });
  });
}

const existing = PLACES.filter((place) => readdirSync(ROOT).includes(place));
const files = existing.flatMap(listFiles);

test('the product, its messages and its pages use plain English', () => {
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap((file) => findWords(file, readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
});

test('every exception is still needed', () => {
  const unused = ALLOWED.filter(({ file, text }) => !readFileSync(path.join(ROOT, file), 'utf8').includes(text));
  expect(unused).toEqual([]);
});

test.each([
  ['whoever starts it', 'whoever'],
  ['the batch goes on', 'goes on'],
  ['Mend the access', 'Mend'],
  ['is x; known are a, b', 'known are'],
  ['the wall is met', 'wall'],
  ['this.decideAnew()', 'Anew'],
  ['const TOLD_END = 1', 'TOLD'],
])('the word in "%s" is found', (text, word) => {
  expect(findWords('a.ts', text)[0]).toMatchObject({ line: 1, word });
});

test.each(['the wall clock', 'a wall-clock time', 'a firewall', 'every heartbeat', 'the algorithm'])(
  '"%s" is plain English',
  (text) => {
    expect(findWords('a.ts', text)).toEqual([]);
  },
);
