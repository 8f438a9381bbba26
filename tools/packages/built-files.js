/** The files of `dist` that an entry needs, found by the import statements of the compiled code and of its declarations. */
const { existsSync, readFileSync, statSync } = require('node:fs');
const path = require('node:path');

/** How compiled code and declarations name other modules. */
const SPECIFIERS = {
  '.js': /\b(?:require|require\.resolve|import)\((["'])([^"'\n]+)\1\)/g,
  '.d.ts': /(?:\bfrom\s+|\bimport\s*\(|\bimport\s+)(["'])([^"'\n]+)\1/g,
};

/** `.js` or `.d.ts`. */
function kindOf(file) {
  return file.endsWith('.d.ts') ? '.d.ts' : '.js';
}

/** The file that a relative specifier names. */
function resolveOwn(from, specifier) {
  const kind = kindOf(from);
  const target = path.resolve(path.dirname(from), specifier);
  const found = [target + kind, path.join(target, `index${kind}`)].find(
    (one) => existsSync(one) && statSync(one).isFile(),
  );
  if (found === undefined) throw new Error(`${from} imports ${specifier}, which is not in the build`);
  return found;
}

const isOwn = (specifier) => specifier.startsWith('.');

/** `@scope/name` or `name`; `null` for a module of Node. */
function packageOf(specifier) {
  if (specifier.startsWith('node:')) return null;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every file that these files reach, themselves included. */
function reachableFrom(entries) {
  const reached = new Set();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const specifier of specifiersIn(file)) if (isOwn(specifier)) open.push(resolveOwn(file, specifier));
  }
  return reached;
}

function specifiersIn(file) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(SPECIFIERS[kindOf(file)])].map(([, , specifier]) => specifier);
}

/** Names of the packages that files import. */
function packagesOf(files) {
  const names = [...files].flatMap(specifiersIn).filter((specifier) => !isOwn(specifier));
  return new Set(names.map(packageOf).filter((name) => name !== null));
}

/**
 * The text of a file for a package.
 *
 * @param rename returns the specifier of a file that is in another package; `null`: it is in this one
 */
function packedText(file, rename) {
  const text = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
  return text.replace(SPECIFIERS[kindOf(file)], (whole, _quote, specifier) => {
    const renamed = isOwn(specifier) ? rename(resolveOwn(file, specifier)) : null;
    return renamed === null ? whole : whole.replace(specifier, renamed);
  });
}

module.exports = { packagesOf, packedText, reachableFrom };
