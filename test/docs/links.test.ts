/** Every relative link of every document leads somewhere. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Document, ROOT, readDocuments, takeApart } from './documents';

const ELSEWHERE = /^[a-z][a-z0-9+.-]*:/i;

function brokenLinks(document: Document, all: readonly Document[]): readonly string[] {
  return document.links.flatMap(({ place, target }) => {
    if (ELSEWHERE.test(target)) return [];
    const [relative = '', anchor] = decodeURI(target).split('#');
    const file = relative === '' ? document.file : path.posix.join(path.posix.dirname(document.file), relative);
    if (!existsSync(path.join(ROOT, file))) return [`${place}: ${target} is not there`];
    const anchors = file === document.file ? document.anchors : all.find((one) => one.file === file)?.anchors;
    return anchor === undefined || anchors?.has(anchor) ? [] : [`${place}: ${target} has no such heading`];
  });
}

const documents = readDocuments();

test('every relative link and every anchor exists', () => {
  expect(documents.length).toBeGreaterThan(15);
  expect(documents.flatMap((document) => brokenLinks(document, documents))).toEqual([]);
});

test('every page below docs can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    const links = documents.find((document) => document.file === file)?.links ?? [];
    for (const { target } of links)
      if (!ELSEWHERE.test(target)) reached.add(path.posix.join(path.posix.dirname(file), target.replace(/#.*/, '')));
  }
  const pages = documents.map(({ file }) => file).filter((file) => file.startsWith('docs/'));
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test('a link to a file or a heading that is not there is noticed', () => {
  const text =
    '# One `x`: two\n\n[a](nowhere.md) [b](#one-x-two) [c](#three) ![d](docs/no.png) [e](docs/money.md#no)\n';
  expect(brokenLinks(takeApart('README.md', text), documents)).toEqual([
    'README.md:3: nowhere.md is not there',
    'README.md:3: #three has no such heading',
    'README.md:3: docs/no.png is not there',
    'README.md:3: docs/money.md#no has no such heading',
  ]);
});
