/** Files that import each other in a circle: none of them can be read, tested or moved without the others. */
import type { Source } from './sources';

/** What imports what, by names without an extension. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Imports between our own files; one of types alone ties them, too. */
export function importGraph(sources: readonly Source[]): Graph {
  const names = new Set(sources.map(({ file }) => toModuleName(file)));
  return new Map(
    sources.map(({ file, imports }) => {
      const targets = imports.filter(({ ours, target }) => ours && names.has(target)).map(({ target }) => target);
      return [toModuleName(file), new Set(targets)];
    }),
  );
}

/**
 * Imports between folders.
 *
 * @param folderOf the folder that a file is counted to; `null`: it is left out
 */
export function folderGraph(sources: readonly Source[], folderOf: (file: string) => string | null): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { file, imports } of sources) {
    const from = folderOf(file);
    if (from === null) continue;
    const targets = graph.get(from) ?? new Set();
    for (const { ours, target } of imports) {
      const to = ours ? folderOf(target) : null;
      if (to !== null && to !== from) targets.add(to);
    }
    graph.set(from, targets);
  }
  return graph;
}

/** As an import names it. */
function toModuleName(file: string): string {
  return file.replace(/\.([cm]?[jt]s|tsx)$/, '').replace(/\/index$/, '');
}

/** A shortest circle through each file that is in one and not in a circle before it, as `a -> b -> a`. */
export function circlesIn(graph: Graph): readonly string[] {
  const seen = new Set<string>();
  const circles: string[] = [];
  for (const name of [...graph.keys()].sort()) {
    const circle = seen.has(name) ? null : shortestCircle(graph, name);
    if (circle === null) continue;
    for (const one of circle) seen.add(one);
    circles.push([...circle, name].join(' -> '));
  }
  return circles;
}

function shortestCircle(graph: Graph, start: string): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const next of graph.get(name) ?? []) {
      if (next === start) return wayBack(cameFrom, start, name);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, name);
      queue.push(next);
    }
  }
  return null;
}

function wayBack(cameFrom: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const way = [end];
  for (let name = end; name !== start; ) {
    name = cameFrom.get(name) ?? start;
    way.unshift(name);
  }
  return way;
}
