/** The page of what to do has an entry for every code and hold, and every alert leads to one. */
import { FAILURE_CODES } from '../../workflows/domain/failures/failures';
import {
  ANSWERS_LOST,
  BALANCE_LOW,
  DAY_BUDGET_USED,
  HELD_BY_REQUEST,
  OUTSIDE_HOURS,
} from '../../workflows/domain/failures/hold-codes';
import { alerts } from '../telemetry/used-metrics';
import { readDocuments } from './documents';

const PAGE = 'docs/troubleshooting.md';
const page = readDocuments().find(({ file }) => file === PAGE);

/** The headings below a heading, and what stands under each. */
function entriesBelow(heading: string): readonly (readonly [name: string, words: string])[] {
  const [, section = ''] = page?.text.split(`\n## ${heading}\n`) ?? [];
  const [own = ''] = section.split(/^## /m);
  return own
    .split(/^### /m)
    .slice(1)
    .map((entry) => {
      const end = entry.indexOf('\n');
      return [entry.slice(0, end), entry.slice(end).trim()];
    });
}

test('every failure code and every hold has an entry, and nothing else has', () => {
  const codes = entriesBelow('Failure codes');
  const holds = entriesBelow('Holds');
  expect(codes.map(([name]) => name)).toEqual(FAILURE_CODES);
  expect(holds.map(([name]) => name)).toEqual([
    HELD_BY_REQUEST,
    BALANCE_LOW,
    DAY_BUDGET_USED,
    OUTSIDE_HOURS,
    ANSWERS_LOST,
  ]);
  expect([...codes, ...holds].filter(([, words]) => words.length < 20)).toEqual([]);
});

test('every alert leads to an entry', () => {
  const wrong = alerts().filter(({ annotations: { runbook } }) => {
    const [file, anchor = ''] = runbook.split('#');
    return file !== PAGE || page?.anchors.has(anchor) !== true;
  });
  expect(wrong.map(({ alert }) => alert)).toEqual([]);
});
