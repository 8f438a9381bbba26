/** Every document of the repository, taken apart as a renderer would. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt, { type Token } from 'markdown-it';

export const ROOT = path.join(__dirname, '..', '..');

/** Where something stands, for whoever has to fix it: `docs/money.md:12`. */
type Place = string;

export interface CodeBlock {
  readonly place: Place;
  readonly language: string;
  /** What stands behind the language, for instance the name of a file. */
  readonly name: string;
  readonly code: string;
}

interface Link {
  readonly place: Place;
  readonly target: string;
}

interface InlineCode {
  readonly place: Place;
  readonly code: string;
}

export interface Document {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  readonly inline: readonly InlineCode[];
  readonly links: readonly Link[];
  /** What a link may name behind `#`, as GitHub makes it of the headings. */
  readonly anchors: ReadonlySet<string>;
}

const NOT_OURS = /^(\.|node_modules$|dist$|secrets$)/;

export function readDocuments(): readonly Document[] {
  const entries = readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => !NOT_OURS.test(name));
  const files = entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [entry.name]));
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => takeApart(file, readFileSync(path.join(ROOT, file), 'utf8')));
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return entries.map((entry) => path.posix.join(folder, entry.split(path.sep).join('/')));
}

export function takeApart(file: string, text: string): Document {
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  let line = 1;
  const spans = tokens.flatMap(({ map, children }) => {
    // Cells of a table do not say where they are.
    line = map === null ? line : map[0] + 1;
    const place = `${file}:${line}`;
    return (children ?? []).map((child) => ({ place, child }));
  });
  return {
    file,
    text,
    blocks: tokens.flatMap((token) => readBlock(file, token) ?? []),
    inline: spans.flatMap(({ place, child }) => (child.type === 'code_inline' ? { place, code: child.content } : [])),
    links: spans.flatMap(({ place, child }) => {
      const target = child.attrGet('href') ?? child.attrGet('src');
      return target === null ? [] : { place, target };
    }),
    anchors: listAnchors(tokens),
  };
}

function readBlock(file: string, { type, info, content, map }: Token): CodeBlock | null {
  if (type !== 'fence') return null;
  const [language = '', ...name] = info.trim().split(' ');
  return { place: `${file}:${(map?.[0] ?? 0) + 1}`, language, name: name.join(' '), code: content };
}

function listAnchors(tokens: readonly Token[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [index, { type }] of tokens.entries()) {
    if (type !== 'heading_open') continue;
    const slug = toSlug(tokens[index + 1]?.children ?? []);
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function toSlug(heading: readonly Token[]): string {
  const text = heading.map(({ content }) => content).join('');
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}
