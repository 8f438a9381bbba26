/** The page of the operations is what the table says. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPERATIONS } from '../../workflows/domain/operations/operations';
import { ROOT } from './documents';
import { writeOperationsPage } from './operations-page';

const FILE = path.join(ROOT, 'docs', 'operations-of-the-api.md');

test('the page is current; WRITE_DOCS=1 writes it', () => {
  if (process.env['WRITE_DOCS'] === '1') writeFileSync(FILE, writeOperationsPage());
  expect(readFileSync(FILE, 'utf8')).toBe(writeOperationsPage());
});

test('it has a section for each operation', () => {
  const page = writeOperationsPage();
  for (const name of Object.keys(OPERATIONS)) expect(page).toContain(`\n## ${name}\n`);
});
