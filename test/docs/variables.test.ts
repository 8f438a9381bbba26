/** Variables of the environment: what a document names exists, and what the code reads is documented. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SECRET_VARIABLES } from '../../input/secret-files';
import { readSources } from '../structure/sources';
import { ROOT, readDocuments } from './documents';

/** A name, or the beginning of several before `*`. */
const VARIABLE = /\b(?:IMAGEPIPELINE|TEMPORAL|OTEL|AWS)_[A-Z0-9_]*(?:[A-Z0-9]\b|\*)/g;

/** Read by what we build on, so that no file of ours names them. */
const READ_BY_LIBRARIES = /^(AWS_|OTEL_(EXPORTER_OTLP|RESOURCE)_|TEMPORAL_(TLS|GRPC_META_)|TEMPORAL_API_KEY$)/;
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

/** Rows of tables on the page of settings: the variable, and the processes that read it. */
const ROW = /^\| `([A-Z][A-Z0-9_*]*)` \| ([^|]*) \|/gm;
const READERS = /^((worker|gateway|dev|demo|commands|library|Compose)(, |$))+$/;
/** Without a prefix of ours. The code or Node reads them. */
const GENERAL = /\b(?:HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|XDG_CACHE_HOME|LOCALAPPDATA)\b/g;
const ENVCONFIG = 'node_modules/@temporalio/envconfig/lib/envconfig-toml.js';

test('the page of settings has every variable once, and nothing else', () => {
  const rows = [...(documents.find(({ file }) => file === 'docs/settings.md')?.text ?? '').matchAll(ROW)];
  const forPeople = sources.filter((file) => !NOT_FOR_PEOPLE.test(file)).map(readText);
  // The other variables there are of Temporal's own images.
  const inCompose = namesIn(readText('docker-compose.yml')).filter((name) => name.startsWith('IMAGEPIPELINE_'));
  const general = forPeople.flatMap((text) => text.match(GENERAL) ?? []);
  // Those of one library, which names them in full; `TEMPORAL_GRPC_META_` begins the names of headers.
  const temporal = readText(ENVCONFIG).match(/\bTEMPORAL_\w+/g) ?? [];
  const named = [...forPeople.flatMap(namesIn), ...inCompose, ...secretFiles, ...general, ...temporal].filter(
    (name) => !name.endsWith('*') && !NO_VARIABLE.test(name) && !READ_BY_TEMPORAL_UI.test(name),
  );
  // Read by OpenTelemetry alone.
  const expected = new Set([...named.map((name) => name.replace(/_$/, '_*')), 'OTEL_EXPORTER_OTLP_HEADERS']);
  expect(expected).toContain('TEMPORAL_TLS_SERVER_NAME');
  expect(rows.map(([, name]) => name).sort()).toEqual([...expected].sort());
  expect(rows.filter(([, , readers = '']) => !READERS.test(readers)).map(([row]) => row)).toEqual([]);
});

test('a misspelled variable would be noticed', () => {
  expect(unknownIn('`IMAGEPIPELINE_API_KEYS`, `IMAGEPIPELINE_LOGS_*`')).toEqual([
    'IMAGEPIPELINE_API_KEYS',
    'IMAGEPIPELINE_LOGS_*',
  ]);
});
