/** How long files and classes are. */

interface Length {
  /** A file, or a file and a class in it. */
  readonly what: string;
  readonly lines: number;
}

/** Begins at the start of a line, as the formatter writes it. */
const CLASS = /^(\s*)(?:(?:export )?const \w+ = )?(?:export |default |abstract )*class(?: (\w+))?.*\{$/;

export function countLines(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

/** Every class of a formatted file: a class ends with the first brace that is as far to the left as its beginning. */
export function measureClasses(file: string, text: string): readonly Length[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const [, indent, name = ''] = CLASS.exec(line) ?? [];
    if (indent === undefined) return [];
    const end = lines.findIndex((other, at) => at >= index && new RegExp(`^${indent}}`).test(other));
    return [{ what: `${file}: ${name}`, lines: end - index + 1 }];
  });
}

/** What is too long, as `file: 351 lines`. */
export function findTooLong(lengths: readonly Length[], max: number): readonly string[] {
  return lengths.filter(({ lines }) => lines > max).map(({ what, lines }) => `${what}: ${lines} lines`);
}
