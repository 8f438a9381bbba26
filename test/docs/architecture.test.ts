/** The pictures and tables of the architecture show what there is: services, workflows, activities, folders. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { createActivities } from '../../activities';
import * as workflows from '../../workflows';
import { AREAS, PERMISSIONS } from '../structure/import-rules';
import { ROOT, readDocuments } from './documents';

const page = readDocuments().find(({ file }) => file === 'docs/architecture.md');
const pictures = (page?.blocks ?? []).filter(({ language }) => language === 'mermaid').map(({ code }) => code);
const [services = '', folders = ''] = pictures;

/** Boxes of a picture by their id; the shape of a box does not matter. */
const readBoxes = (picture: string) =>
  new Map([...picture.matchAll(/^\s*(\w+)\[\(?"([^"]+)"/gm)].map(([, id = '', label = '']) => [id, label] as const));

/** The lines of the first group of a picture. */
const readGroup = (picture: string) => /^ *subgraph [\s\S]*?^ *end$/m.exec(picture)?.[0] ?? '';

/** What stands in the first column of a table, below the heading. */
function firstColumn(heading: string): readonly string[] {
  const [, section = ''] = page?.text.split(`\n## ${heading}\n`) ?? [];
  const [own = ''] = section.split(/^## /m);
  return [...own.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []).sort();
}

/** Services that end when they have done their work. */
const ENDS = /^temporal-(schema|namespace)$/;
/** The same programs again, beside the emulator. */
const OF_THE_EMULATOR = /^emulator/;

test('every service that docker-compose.yml keeps running has a box, and no other has', () => {
  const compose = load(readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8')) as { readonly services: object };
  const running = Object.keys(compose.services).filter((name) => !ENDS.test(name) && !OF_THE_EMULATOR.test(name));
  const boxes = [...readBoxes(readGroup(services)).values()].map((label) => label.replace(/:.*/, ''));
  expect(boxes.sort()).toEqual(running.sort());
});

test('every arrow joins two boxes', () => {
  for (const picture of [services, folders]) {
    const boxes = readBoxes(picture);
    const ends = [...picture.matchAll(/^\s*(\w+) (?:-- "[^"]*" )?(?:-->|-\.->) (\w+)$/gm)].flatMap(([, from, to]) => [
      from,
      to,
    ]);
    const arrows = picture.split('\n').filter((line) => line.includes('->'));
    expect(ends).toHaveLength(2 * arrows.length);
    expect(ends.filter((end) => !boxes.has(end ?? ''))).toEqual([]);
  }
});

test('every workflow and every activity is in its table, and no other is', () => {
  const activities = createActivities({ api: {} as never, store: {} as never });
  expect(firstColumn('Workflows')).toEqual(Object.keys(workflows).sort());
  expect(firstColumn('Activities')).toEqual(Object.keys(activities).sort());
});

test('the picture of the folders is the table of who may import whom', () => {
  const boxes = readBoxes(folders);
  expect([...boxes.values()].sort()).toEqual([...AREAS].sort());
  const drawn = [...folders.matchAll(/^\s*(\w+) (-->|-\.->) (\w+)$/gm)].map(
    ([, from = '', arrow = '', to = '']) => `${boxes.get(from)} ${arrow} ${boxes.get(to)}`,
  );
  const allowed = PERMISSIONS.filter(({ from }) => from !== 'bench').map(({ from, to }) => {
    const rules = PERMISSIONS.filter((one) => one.from === from && one.to === to);
    return `${from} ${rules.every(({ onlyTypes }) => onlyTypes) ? '-.->' : '-->'} ${to}`;
  });
  expect(drawn.sort()).toEqual([...new Set(allowed)].sort());
});
