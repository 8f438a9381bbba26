/** The schema that editors use is that of the code, and so is the example of the page about recipes. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { load } from 'js-yaml';
import { toJsonSchema } from '../../input/recipes/recipe-schema';
import { ROOT, readDocuments } from './documents';

const FILE = path.join(ROOT, 'docs', 'recipe.schema.json');

test('the schema is current; WRITE_DOCS=1 writes it', () => {
  if (process.env['WRITE_DOCS'] === '1') writeFileSync(FILE, `${JSON.stringify(toJsonSchema(), null, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(toJsonSchema())));
});

test('every recipe in a document fits it', () => {
  const check = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(FILE, 'utf8')));
  const recipes = readDocuments()
    .flatMap(({ blocks }) => blocks)
    .filter(({ language, code }) => language === 'yaml' && /^steps:/m.test(code));
  expect(recipes.length).toBeGreaterThan(0);
  for (const { place, code } of recipes) expect([place, check(load(code)), check.errors]).toEqual([place, true, null]);
});
