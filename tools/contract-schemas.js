/**
 * Makes the JSON schemas of `schemas`: of inputs from their checks, with the descriptions of their types, and of results from
 * their types. Run it after a build; `--check` compares instead of writing.
 */
const { readFileSync, writeFileSync, mkdirSync } = require('node:fs');
const path = require('node:path');
const { createGenerator } = require('ts-json-schema-generator');

const root = path.join(__dirname, '..');
const folder = path.join(root, 'schemas');
const { INPUT_SCHEMAS } = require('../dist/workflows/domain/batch/input-schemas.js');

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** Name of the file, type, and what it is. */
const RESULTS = [
  ['imagePipelineItem.result', 'ItemReport', 'Result of imagePipelineItem, and first detail of its failures.'],
  ['imagePipelineItem.itemProgress.result', 'SingleItemProgress', 'Answer of the query itemProgress.'],
  [
    'imagePipelineBatch.result',
    'BatchState',
    'Result of imagePipelineBatch, answer of the query batchState, result of its updates.',
  ],
  ['imagePipelineAccount.accountStatus.result', 'AccountStatus', 'Answer of the query accountStatus.'],
  ['nexus.status.result', 'StatusOutput', 'Result of the Nexus operation status.'],
];

const INPUTS = {
  'imagePipelineItem.input': ['ItemInput', 'Argument of imagePipelineItem.'],
  'imagePipelineBatch.input': [
    'BatchRowsInput',
    'Argument of imagePipelineBatch. Keys are unique, whatever their case.',
  ],
  'imagePipelineBatch.set.input': ['BatchChange', 'Argument of the update set. At least one field.'],
  'nexus.runItem.input': [
    'RunItemInput',
    'Input of the Nexus operation runItem. Its result is imagePipelineItem.result.',
  ],
  'nexus.runBatch.input': [
    'RunBatchInput',
    'Input of the Nexus operation runBatch. Its result is imagePipelineBatch.result.',
  ],
  'nexus.cancel.input': ['CancelInput', 'Input of the Nexus operation cancel.'],
  'nexus.status.input': ['StatusInput', 'Input of the Nexus operation status.'],
};

const TYPES = [
  'messages',
  'nexus-service',
  'domain/batch/batch-settings',
  'domain/batch/batch-state',
  'domain/account/account-status',
  'domain/item/item',
  'domain/item/step-report',
];

const generator = createGenerator({
  path: path.join(root, 'workflows', `{${TYPES.join(',')}}.ts`),
  tsconfig: path.join(root, 'tsconfig.json'),
  skipTypeCheck: true,
  // A later release may add fields to a result.
  additionalProperties: true,
});

function describeResult([file, type, description]) {
  const { definitions, $ref } = generator.createSchema(type);
  return [file, { $schema: DRAFT, title: file, description, allOf: [{ $ref }], definitions }];
}

function describeInput([file, schema]) {
  const [type, description] = INPUTS[file];
  const { properties = {} } = generator.createSchema(type).definitions[type];
  const described = Object.entries(schema.properties).map(([name, one]) => {
    const text = properties[name]?.description;
    return [name, text === undefined ? one : { description: text, ...one }];
  });
  return [file, { $schema: DRAFT, title: file, description, ...schema, properties: Object.fromEntries(described) }];
}

const schemas = [...Object.entries(INPUT_SCHEMAS).map(describeInput), ...RESULTS.map(describeResult)];
const stale = schemas.filter(([file, schema]) => {
  const target = path.join(folder, `${file}.json`);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (process.argv.includes('--check')) return readFileSync(target, 'utf8') !== text;
  mkdirSync(folder, { recursive: true });
  writeFileSync(target, text);
  return false;
});
if (stale.length > 0) {
  process.stderr.write(`not current: ${stale.map(([file]) => file).join(', ')}; run npm run docs:schemas\n`);
  process.exitCode = 1;
}
