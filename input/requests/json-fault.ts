/**
 * The first place where a text is not JSON, and what JSON expects there. `JSON.parse` names the place only for some
 * errors, and quotes the text.
 */
interface JsonFault {
  /** Index into the text, from 0; the text's length if it ends too early. */
  readonly at: number;
  /** The expected token, for instance `":"`. */
  readonly expected: string;
}

type State = 'value' | 'first-element' | 'first-name' | 'name' | 'colon' | 'after-element' | 'after-member' | 'end';
type TokenKind = 'text' | 'word' | '{' | '}' | '[' | ']' | ':' | ',';
type Step = State | 'after-value' | 'open-object' | 'open-list' | 'close';

const EXPECTED: Readonly<Record<State, string>> = {
  value: 'a value',
  'first-element': 'a value or "]"',
  'first-name': 'a name in double quotes or "}"',
  name: 'a name in double quotes',
  colon: '":"',
  'after-element': '"," or "]"',
  'after-member': '"," or "}"',
  end: 'the end',
};

const VALUE = { text: 'after-value', word: 'after-value', '{': 'open-object', '[': 'open-list' } as const;

const STEPS: Readonly<Record<State, Readonly<Partial<Record<TokenKind, Step>>>>> = {
  value: VALUE,
  'first-element': { ...VALUE, ']': 'close' },
  'first-name': { text: 'colon', '}': 'close' },
  name: { text: 'colon' },
  colon: { ':': 'value' },
  'after-element': { ',': 'value', ']': 'close' },
  'after-member': { ',': 'name', '}': 'close' },
  end: {},
};

const SPACE = /[ \t\n\r]*/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SIGNS = '{}[]:,';
const FIRST_PRINTABLE = ' ';

interface Token {
  readonly kind: TokenKind;
  readonly end: number;
}

/** Finds the first fault; `null` if the text is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let at = findEnd(SPACE, text, 0) ?? 0;
  while (at < text.length || state !== 'end') {
    const token = readToken(text, at);
    if (token !== null && 'expected' in token) return state === 'end' ? { at, expected: EXPECTED.end } : token;
    const step: Step | undefined = token === null ? undefined : STEPS[state][token.kind];
    if (token === null || step === undefined) return { at, expected: EXPECTED[state] };
    if (step === 'open-object' || step === 'open-list') open.push(step === 'open-object' ? '{' : '[');
    if (step === 'close') open.pop();
    state = nextState(step, open.at(-1));
    at = findEnd(SPACE, text, token.end) ?? token.end;
  }
  return null;
}

function nextState(step: Step, around: '{' | '[' | undefined): State {
  if (step === 'open-object') return 'first-name';
  if (step === 'open-list') return 'first-element';
  if (step !== 'close' && step !== 'after-value') return step;
  if (around === undefined) return 'end';
  return around === '{' ? 'after-member' : 'after-element';
}

/** Reads a token; `null` if no JSON token begins there. */
function readToken(text: string, at: number): Token | JsonFault | null {
  const first = text.charAt(at);
  if (first === '"') return readText(text, at);
  if (first !== '' && SIGNS.includes(first)) return { kind: first as TokenKind, end: at + 1 };
  const end = findEnd(WORD, text, at);
  return end === null ? null : { kind: 'word', end };
}

/** Reads a string by hand: a regular expression overflows on many megabytes. */
function readText(text: string, from: number): Token | JsonFault {
  let at = from + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') return { kind: 'text', end: at + 1 };
    if (character < FIRST_PRINTABLE)
      return { at, expected: 'a closing quote, or an escape like \\n in place of this character' };
    const end = character === '\\' ? findEnd(ESCAPE, text, at) : at + 1;
    if (end === null) return { at, expected: 'an escape like \\n or \\\\' };
    at = end;
  }
  return { at, expected: 'a closing quote' };
}

function findEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Describes a fault: its line and character, from 1, and what is expected there. */
export function describeJsonFault(text: string, { at, expected }: JsonFault, firstLine = 1): string {
  const before = text.slice(0, at).split('\n');
  const character = (before.at(-1)?.length ?? 0) + 1;
  const line = before.length === 1 ? '' : `line ${firstLine + before.length - 1}, `;
  const end = at >= text.length ? ', where it ends' : '';
  return `at ${line}character ${character}${end}: expected ${expected}`;
}
