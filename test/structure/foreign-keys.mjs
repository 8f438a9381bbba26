/**
 * Finds where plain records are read or written by strings that are no literals: `constructor` and `__proto__` are found
 * there although nobody has put them in. Prints one line a place. Arguments: a tsconfig, then files or folders beside it;
 * `.` is all of them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, TypeFlags } from 'typescript/unstable/sync';

/** Types of which a value may be any text. */
const OPEN = TypeFlags.String | TypeFlags.TemplateLiteral | TypeFlags.Any;

const [config, ...places] = process.argv.slice(2);
const root = path.dirname(path.resolve(config));
const api = new API({ cwd: root });
const [{ program, checker }] = api.updateSnapshot({ openProject: path.resolve(config) }).getProjects();

for (const file of program.getSourceFileNames()) {
  const name = path.relative(root, file);
  const isBelow = (place) => (place === '.' ? !name.startsWith('..') : name === place || name.startsWith(`${place}/`));
  if (!places.some(isBelow)) continue;
  const source = program.getSourceFile(file);
  visit(source, source, name);
}
api.close();

function visit(node, source, name) {
  if (isForeign(node)) {
    const line = readFileSync(source.fileName, 'utf8').slice(0, node.end).split('\n').length;
    process.stdout.write(`${name}:${line} ${node.getText(source)}\n`);
  }
  node.forEachChild((child) => visit(child, source, name));
}

function isForeign(node) {
  if (node.kind === SyntaxKind.ElementAccessExpression) return isAnyString(node.argumentExpression);
  const isIn = node.kind === SyntaxKind.BinaryExpression && node.operatorToken.kind === SyntaxKind.InKeyword;
  return isIn && isAnyString(node.left);
}

/** A union that has it among others is none of literals, either. */
function isAnyString(expression) {
  const type = checker.getTypeAtLocation(expression);
  const types = type?.isUnionType() ? type.getTypes() : [type];
  return types.some((one) => one !== undefined && (one.flags & OPEN) !== 0);
}
