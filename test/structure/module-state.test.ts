/** Modules of workflows keep no state: a worker evaluates them once for all of its workflows. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ModuleItem, parseSync, type VariableDeclarator } from '@swc/core';

const WORKFLOWS = path.join(__dirname, '..', '..', 'workflows');

/** Freezing does not stop changes to the contents of these. */
const COLLECTIONS = ['Map', 'Set', 'WeakMap', 'WeakSet'];

function findState(code: string): readonly string[] {
  return parseSync(code, { syntax: 'typescript', target: 'es2022' }).body.flatMap(findStateIn);
}

function findStateIn(statement: ModuleItem): readonly string[] {
  const declared = statement.type === 'ExportDeclaration' ? statement.declaration : statement;
  if (declared.type !== 'VariableDeclaration') return [];
  return declared.declarations.filter((one) => declared.kind !== 'const' || isMutableCollection(one)).map(toName);
}

function isMutableCollection({ id, init }: VariableDeclarator): boolean {
  if (init?.type !== 'NewExpression' || init.callee.type !== 'Identifier') return false;
  if (!COLLECTIONS.includes(init.callee.value)) return false;
  // The types of the parser do not say that an identifier may have an annotation.
  const { typeName } = (id as { typeAnnotation?: { typeAnnotation?: { typeName?: { value?: string } } } })
    .typeAnnotation?.typeAnnotation ?? { typeName: undefined };
  return !typeName?.value?.startsWith('Readonly');
}

function toName({ id }: VariableDeclarator): string {
  return id.type === 'Identifier' ? id.value : id.type;
}

test('no module of the workflows keeps state', () => {
  const files = readdirSync(WORKFLOWS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const found = files.map((file) => [file, findState(readFileSync(path.join(WORKFLOWS, file), 'utf8'))] as const);
  expect(found.length).toBeGreaterThan(80);
  expect(found.filter(([, names]) => names.length > 0)).toEqual([]);
});

test.each<[string, string, readonly string[]]>([
  ['a variable', 'let calls = 0;', ['calls']],
  ['an exported variable', 'export let calls = 0, others = 1;', ['calls', 'others']],
  ['a map', 'const seen = new Map<string, number>();', ['seen']],
  ['a weak set', 'export const seen = new WeakSet();', ['seen']],
  ['a set that is only read', "const FINAL: ReadonlySet<string> = new Set(['failed']);", []],
  ['a table', 'export const ROWS = { a: [1] };', []],
  ['a variable of a function', 'function count() { let sum = 0; return sum; }', []],
])('in a module: %s', (_what, code, names) => {
  expect(findState(code)).toEqual(names);
});
