/** Writes `docs/api.md` from the types of the built package: `npm run docs:api`. With `--check` it only compares. */
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { CompilerState, Extractor, ExtractorConfig } = require('@microsoft/api-extractor');
const { ApiModel } = require('@microsoft/api-extractor-model');

const ROOT = path.join(__dirname, '..');
const PAGE = path.join(ROOT, 'docs', 'api.md');
const PACKAGES = ['imagepipeline-temporal', 'imagepipeline-temporal-worker'];

const INTRODUCTION = `# API reference

Generated from the types by \`npm run docs:api\`; a test holds it to them. A \`const\` whose type would be its whole text
is shown as \`{ … }\`. How the parts are used: [the library](library.md).
`;

/** Maximum length of a constant's type, in characters; a longer one repeats the constant's value. */
const MAX_TYPE_LENGTH = 300;

/** Entries of both packages, with the declarations made by the build. Not those that say where something is now. */
function entries() {
  return PACKAGES.flatMap((name) => {
    const { exports } = require(`../packages/${name}/package.json`);
    return Object.entries(exports)
      .filter(([, { types = '' }]) => types !== '' && !/[*]|[/]moved[/]/.test(types))
      .map(([entry, { types }]) => ({ name: path.posix.join(name, entry), types: path.join(ROOT, types) }));
  });
}

function configFor(types, folder, index) {
  const configObject = {
    projectFolder: ROOT,
    mainEntryPointFilePath: types,
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          ...{ target: 'es2022', lib: ['es2022'], module: 'preserve', moduleResolution: 'bundler', types: ['node'] },
          ...{ strict: true, skipLibCheck: true, esModuleInterop: true },
        },
        files: entries().map((entry) => entry.types),
      },
    },
    apiReport: { enabled: false },
    docModel: { enabled: true, apiJsonFilePath: path.join(folder, `${index}.api.json`) },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
  };
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(ROOT, 'package.json'),
  });
}

/** The exports of each entry, from the extractor's model. */
function exportsOfEntries() {
  const folder = mkdtempSync(path.join(tmpdir(), 'imagepipeline-api-'));
  try {
    const all = entries();
    const configs = all.map(({ types }, index) => configFor(types, folder, index));
    const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: all.map(({ types }) => types) });
    return all.map(({ name }, index) => {
      // Its release-tag advice does not apply here, and compiler messages come from the build.
      const messageCallback = (message) => {
        message.logLevel = 'none';
      };
      Extractor.invoke(configs[index], { compilerState, messageCallback });
      const [entryPoint] = new ApiModel().loadPackage(configs[index].apiJsonFilePath).entryPoints;
      return { name, members: entryPoint.members };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const byName = (one, other) => (one.displayName < other.displayName ? -1 : 1);

function pageText(exported) {
  const sections = exported.map(({ name, members }) => {
    const parts = [...members].sort(byName).map((item) => `### ${item.displayName}\n\n${formatBody(item)}`);
    return `## ${name}\n\n${parts.join('\n\n')}\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function formatBody(item) {
  const words = prose(commentLines(item));
  return [...(words === '' ? [] : [words]), `\`\`\`ts\n${signature(item)}\n\`\`\``].join('\n\n');
}

function signature(item) {
  const head = shortened(item);
  if (item.kind !== 'Class' && item.kind !== 'Interface') return head.replace(/;?$/, ';');
  const members = item.members.map((member) => `${commentAbove(member)}  ${indented(member)}`);
  return `${head} {\n${members.join('\n')}${members.length > 0 ? '\n' : ''}}`;
}

function shortened(item) {
  const text = item.excerpt.text.replace(/^export (declare )?/, '').trim();
  const isLong = item.kind === 'Variable' && text.length > MAX_TYPE_LENGTH;
  return isLong ? `const ${item.displayName}: { … }` : text;
}

/** Keeps the compiler's line breaks and indents one level further. */
function indented(member) {
  const lines = member.excerpt.text.trim().replace(/;?$/, ';').split('\n');
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line.trimEnd()}`).join('\n');
}

function commentAbove(member) {
  const lines = commentLines(member);
  if (lines.length === 0) return '';
  if (lines.length === 1) return `  /** ${lines[0]} */\n`;
  return `  /**\n${lines.map((line) => `   *${line === '' ? '' : ` ${line}`}\n`).join('')}   */\n`;
}

/** The extractor's default comment for an undocumented constructor. */
const OF_THE_EXTRACTOR = /^Constructs a new instance of/;

/** The doc comment without its markers. */
function commentLines({ tsdocComment }) {
  const stars = /^\s*(\/\*\*|\*\/|\*)\s?|\s*\*\/\s*$/g;
  const text = (tsdocComment?.emitAsTsdoc() ?? '').split('\n').map((line) => line.replace(stars, ''));
  // The extractor separates a tag from its text.
  const joined = text
    .join('\n')
    .trim()
    .replaceAll(/@throws\s+/g, '@throws ');
  return joined === '' || OF_THE_EXTRACTOR.test(joined) ? [] : joined.split('\n');
}

function prose(lines) {
  return lines
    .join('\n')
    .replaceAll(/\n+@throws /g, '\n\nThrows ')
    .replace(/^@throws /, 'Throws ');
}

function refuseUndescribed(sections) {
  const undescribed = sections.flatMap(({ name, members }) =>
    members.filter((item) => commentLines(item).length === 0).map((item) => `${name}: ${item.displayName}`),
  );
  if (undescribed.length > 0) throw new Error(`exports without a docstring:\n${undescribed.join('\n')}`);
}

function main(words) {
  const sections = exportsOfEntries();
  refuseUndescribed(sections);
  const text = pageText(sections);
  if (!words.includes('--check')) return writeFileSync(PAGE, text);
  if (readFileSync(PAGE, 'utf8') === text) return;
  console.error('docs/api.md does not match the types; run "npm run docs:api" and review the diff');
  process.exitCode = 1;
}

main(process.argv.slice(2));
