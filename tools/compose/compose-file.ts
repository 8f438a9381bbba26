/** Reads docker-compose.yml like Compose: YAML with merges, then variables. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

/** The fields used here; tests check the whole file against the Compose Specification's schema. */
export interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly secrets?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** @param name file name, relative to the package's root */
export function readComposeFile(packageRoot: string, variables: Variables, name = 'docker-compose.yml'): ComposeFile {
  const text = readFileSync(path.join(packageRoot, name), 'utf8');
  return interpolated(load(text), variables) as ComposeFile;
}

export function getService({ services }: ComposeFile, name: string): Service {
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service "${name}"`);
  return service;
}

/** Entry point of our own image. */
export function ourEntrypoint(packageRoot: string): readonly string[] {
  const dockerfile = readFileSync(path.join(packageRoot, 'Dockerfile'), 'utf8');
  const [, words] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  if (words === undefined) throw new Error('the Dockerfile has no ENTRYPOINT that is a list');
  return JSON.parse(words) as string[];
}

/** Variables set by our own image; they can be overridden. */
export function ourImageVariables(packageRoot: string): Readonly<Record<string, string>> {
  const text = readFileSync(path.join(packageRoot, 'Dockerfile'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** Interpolates values only, as Compose does. Of its syntax, the file uses `$$` and `${NAME:-default}`. */
function interpolated(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return withVariables(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolated(item, variables)]));
}

function withVariables(text: string, variables: Variables): string {
  return text.replace(/\$(?:\$|\{(\w+):-([^}]*)\})/g, (_all, name?: string, otherwise?: string) =>
    name === undefined ? '$' : variables[name] || (otherwise ?? ''),
  );
}
