/** What every source file imports, names and reads, taken from its syntax tree. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** Path from the root without an extension for our own files (`workflows/domain/item`), else the package's name. */
  readonly target: string;
  readonly ours: boolean;
  /** Nothing of it is loaded when the code runs: a type, or a path. */
  readonly typeOnly: boolean;
  /** Of what is imported by name. */
  readonly names: readonly string[];
}

export interface Source {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly imports: readonly Import[];
  readonly readsEnvironment: boolean;
}

type Node = Readonly<Record<string, unknown>>;

/** Top-level folders of what runs in production. */
export const PRODUCT_FOLDERS = [
  'workflows',
  'activities',
  'payloads',
  'telemetry',
  'worker',
  'input',
  'connection',
  'nexus',
  'client',
  'cli',
  'gateway',
];
const FOLDERS = [...PRODUCT_FOLDERS, 'emulator', 'tools', 'bench', 'bin', 'docs'];

/** Every source of the product below a root. */
export function readSources(root: string): readonly Source[] {
  return listFiles(root).map((file) => readSource(root, file));
}

/** Paths from the root of every source below it. */
export function listFiles(root: string): readonly string[] {
  return FOLDERS.flatMap((folder) => filesBelow(root, folder));
}

function filesBelow(root: string, folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  const sources = entries.filter((entry) => /\.([cm]?[jt]s|tsx)$/.test(entry) && !/\.d\.ts$/.test(entry));
  return sources.map((entry) => path.posix.join(folder, entry.split(path.sep).join('/')));
}

function readSource(root: string, file: string): Source {
  const text = readFileSync(path.join(root, file), 'utf8');
  const nodes: Node[] = [];
  addNodes(nodes, parseSync(text, { syntax: 'typescript', tsx: file.endsWith('.tsx'), target: 'es2022' }));
  return {
    file,
    imports: nodes.flatMap((node) => readImport(file, node) ?? []),
    readsEnvironment: nodes.some(isEnvironment),
  };
}

/** Adds the node and all below it. */
function addNodes(nodes: Node[], value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) nodes.push(value as Node);
  for (const child of Object.values(value)) addNodes(nodes, child);
}

function readImport(file: string, node: Node): Import | null {
  const asked = askedFor(node);
  if (asked === null) return null;
  const ours = asked.specifier.startsWith('.');
  const resolved = path.posix
    .join(path.posix.dirname(file), asked.specifier)
    .replace(/\.[cm]?[jt]s$|\/$|\/index$/g, '');
  return { target: ours ? resolved : asked.specifier, ours, typeOnly: asked.typeOnly, names: asked.names };
}

interface Asked {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}

/** Every way in which a file can name another one. */
function askedFor(node: Node): Asked | null {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return declared(node);
    case 'CallExpression':
      return called(node);
    case 'TsImportType':
      return { specifier: readText(node['argument']) ?? '', typeOnly: true, names: [] };
    case 'TsExternalModuleReference':
      return { specifier: readText(node['expression']) ?? '', typeOnly: false, names: [] };
    default:
      return null;
  }
}

function declared(node: Node): Asked | null {
  const specifier = readText(node['source']);
  if (specifier === null) return null;
  const specifiers = (node['specifiers'] ?? []) as readonly Node[];
  const allTypes = specifiers.length > 0 && specifiers.every((one) => one['isTypeOnly'] === true);
  const names = specifiers.map(
    (one) => readName(one['imported']) ?? readName(one['orig']) ?? readName(one['local']) ?? '*',
  );
  return { specifier, typeOnly: node['typeOnly'] === true || allTypes, names };
}

/** `require('x')`, `import('x')`, and `require.resolve('x')`, which loads nothing. */
function called(node: Node): Asked | null {
  const callee = (node['callee'] ?? {}) as Node;
  const object = callee['type'] === 'MemberExpression' ? (callee['object'] as Node) : callee;
  if (callee['type'] !== 'Import' && readName(object) !== 'require') return null;
  const [first] = (node['arguments'] ?? []) as readonly Node[];
  const specifier = readText(first?.['expression']);
  return specifier === null ? null : { specifier, typeOnly: callee['type'] === 'MemberExpression', names: [] };
}

/** `process.env`, `process['env']`, `const { env } = process`, and `env` of `node:process`. */
function isEnvironment(node: Node): boolean {
  if (node['type'] === 'MemberExpression') {
    const property = node['property'] as Node;
    const name = readName(property) ?? readText(property['expression']);
    return readName(node['object']) === 'process' && name === 'env';
  }
  if (node['type'] === 'VariableDeclarator') {
    const keys = ((node['id'] as Node)['properties'] ?? []) as readonly Node[];
    return readName(node['init']) === 'process' && keys.some((key) => readName(key['key']) === 'env');
  }
  const asked = node['type'] === 'ImportDeclaration' ? declared(node) : null;
  return asked !== null && /^(node:)?process$/.test(asked.specifier) && asked.names.includes('env');
}

function readName(node: unknown): string | null {
  const { type, value } = (node ?? {}) as Node;
  return type === 'Identifier' && typeof value === 'string' ? value : null;
}

function readText(node: unknown): string | null {
  const { type, value } = (node ?? {}) as Node;
  return type === 'StringLiteral' && typeof value === 'string' ? value : null;
}
