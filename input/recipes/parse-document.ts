/** Parses a YAML or JSON text, and finds the lines of its values. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';

/** The place of a value: names of members and indices of lists. */
export type Path = readonly PropertyKey[];

export interface DocumentProblem {
  /** From 1; `null` if it is not known. */
  readonly line: number | null;
  /** Empty for the whole document. */
  readonly path: Path;
  readonly problem: string;
}

export interface ParsedDocument {
  readonly value: unknown;
  /** Empty if the value may be used. */
  readonly problems: readonly DocumentProblem[];
  /** The line of a value, or of the innermost value around it. */
  readonly findLine: (path: Path) => number | null;
}

/** For instance `steps[0].fields.prompt`. */
export function formatPath(place: Path): string {
  return place.reduce<string>(
    (before, step) =>
      typeof step === 'number' ? `${before}[${step}]` : `${before}${before === '' ? '' : '.'}${String(step)}`,
    '',
  );
}

/** Aliases multiply; a few lines could fill the memory. */
const MAX_ALIASES = 100;

/** The first faults are shown; an unclosed bracket causes as many as there are brackets. */
const MAX_FAULTS = 5;

/** JSON is read as YAML, which contains it. */
export function parseText(text: string): ParsedDocument {
  const lines = new LineCounter();
  const unread = (problem: string): ParsedDocument => ({
    value: null,
    problems: [{ line: null, path: [], problem }],
    findLine: () => null,
  });
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', schema: 'core' });
    const findLine = (path: Path) => toLine(lines, findOffset(document, path));
    const problems = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS).map(({ pos: [at], message }) => ({
      line: toLine(lines, at),
      path: [],
      problem: `is not valid YAML: ${toClause(message)}`,
    }));
    const value = problems.length === 0 ? document.toJS({ maxAliasCount: MAX_ALIASES }) : null;
    return { value, problems, findLine };
  } catch (error) {
    // The parser and `toJS` throw these for texts that are nested too deeply and for aliases.
    if (error instanceof RangeError) return unread('is nested too deeply');
    if (error instanceof ReferenceError) return unread(`has aliases that cannot be used: ${toClause(error.message)}`);
    throw error;
  }
}

function toClause(message: string): string {
  return message.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

function toLine(lines: LineCounter, offset: number | null): number | null {
  return offset === null ? null : lines.linePos(offset).line;
}

/** The offset of the last value of the path that exists. */
function findOffset(document: Document.Parsed, path: Path): number | null {
  let node: ParsedNode | null = document.contents;
  let offset = node?.range[0] ?? null;
  for (const step of path) {
    const found = findInside(document, node, step);
    if (found === null) break;
    node = found.node;
    offset = found.offset ?? offset;
  }
  return offset;
}

interface FoundNode {
  readonly node: ParsedNode | null;
  readonly offset: number | undefined;
}

function findInside(document: Document.Parsed, around: ParsedNode | null, step: PropertyKey): FoundNode | null {
  const node = isAlias(around) ? around.resolve(document) : around;
  if (isSeq<ParsedNode>(node) && typeof step === 'number') {
    const item = node.items[step];
    return item === undefined ? null : { node: item, offset: item.range[0] };
  }
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? null : { node: pair.value, offset: pair.key.range[0] };
}
