/** Variables of the environment: what a document names exists, and what the code reads is documented. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SECRET_VARIABLES } from '../../input/secret-files';
import { readSources } from '../structure/sources';
import { ROOT, readDocuments } from './documents';

/** A name, or the beginning of several before `*`. */
const VARIABLE = /\b(?:IMAGEPIPELINE|TEMPORAL|OTEL|AWS)_[A-Z0-9_]*(?:[A-Z0-9]\b|\*)/g;

/** Read by what we build on, so that no file of ours names them. */
const READ_BY_LIBRARIES = /^(AWS_|OTEL_(EXPORTER_OTLP|RESOURCE)_|TEMPORAL_TLS|TEMPORAL_API_KEY$)/;
/** Of Temporal UI and the temporal command itself. */
const READ_BY_TEMPORAL_UI = /^TEMPORAL_CODEC_(ENDPOINT|AUTH)$/;
/** Names in the code that are none of the environment. */
const NO_VARIABLE = /^TEMPORAL_(UNREACHABLE|(CLI|SERVER)_VERSION)$/;
/** What starts the other services of Compose, and what measures: their variables are not for people. */
const NOT_FOR_PEOPLE = /^(tools\/(compose|temporal-server)|bench)\//;

const namesIn = (text: string): readonly string[] => text.match(VARIABLE) ?? [];
const readText = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

const sources = readSources(ROOT).map(({ file }) => file);
const secretFiles = SECRET_VARIABLES.map((name) => `${name}_FILE`);
const inFiles = [...sources, 'docker-compose.yml', 'Dockerfile'].flatMap((file) => namesIn(readText(file)));
const inCode = new Set([...inFiles, ...secretFiles]);
const documents = readDocuments();

function unknownIn(text: string): readonly string[] {
  return namesIn(text).filter((name) => {
    if (READ_BY_LIBRARIES.test(name) || READ_BY_TEMPORAL_UI.test(name)) return false;
    return name.endsWith('*') ? ![...inCode].some((one) => one.startsWith(name.slice(0, -1))) : !inCode.has(name);
  });
}

test('every variable that a document names exists', () => {
  const wrong = documents.flatMap(({ file, text }) => unknownIn(text).map((name) => `${file}: ${name}`));
  expect(wrong).toEqual([]);
});

test('every variable that the code reads is in the README or a page of docs', () => {
  const forPeople = sources.filter((file) => !NOT_FOR_PEOPLE.test(file)).flatMap((file) => namesIn(readText(file)));
  const pages = documents.filter(({ file }) => /^(README\.md$|docs\/)/.test(file) && file !== 'docs/api.md');
  const documented = new Set(pages.flatMap(({ text }) => namesIn(text)));
  const names = [...new Set(forPeople)].filter((name) => !name.endsWith('*') && !NO_VARIABLE.test(name));
  expect(names).toContain('IMAGEPIPELINE_API_KEY');
  expect(names.filter((name) => !documented.has(name))).toEqual([]);
});

test('a misspelled variable would be noticed', () => {
  expect(unknownIn('`IMAGEPIPELINE_API_KEYS`, `IMAGEPIPELINE_LOGS_*`')).toEqual([
    'IMAGEPIPELINE_API_KEYS',
    'IMAGEPIPELINE_LOGS_*',
  ]);
});
