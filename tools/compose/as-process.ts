/** Runs a service of docker-compose.yml as a local command: the same arguments and variables, with local addresses. */
import type { Service } from './compose-file';
import type { Command } from './service-process';

export interface Here {
  readonly packageRoot: string;
  /** Folders of the programs that the images contain. */
  readonly path: string;
  /** Replacements of values in the file by local ones: ports, addresses, paths. */
  readonly replaced: Readonly<Record<string, string>>;
  /** Entry point of the images built by the Dockerfile. */
  readonly ourEntrypoint: readonly string[];
  /** Variables set by those images. */
  readonly ourVariables: Readonly<Record<string, string>>;
}

/** @param variables override those of the service, or are set by the image */
export function asProcess(name: string, service: Service, here: Here, variables: Record<string, string> = {}): Command {
  const entrypoint = service.build === undefined ? (service.entrypoint ?? []) : here.ourEntrypoint;
  const ofImage = service.build === undefined ? {} : here.ourVariables;
  const set = Object.entries({ ...ofImage, ...service.environment });
  const environment = set.map(([key, value]) => [key, translated(value, here)]);
  return {
    name,
    argv: [...entrypoint, ...(service.command ?? [])].map((word) => translated(word, here)),
    env: { PATH: here.path, ...Object.fromEntries(environment), ...variables },
    cwd: here.packageRoot,
  };
}

/** The service's own health check as a command. */
export function healthCheck(name: string, service: Service, here: Here): Command {
  const [kind, ...argv] = service.healthcheck?.test ?? [];
  if (kind !== 'CMD') throw new Error(`the health check of ${name} is not a command`);
  const words = argv.map((word) => translated(word, here));
  return { name: `health check of ${name}`, argv: words, env: { PATH: here.path }, cwd: here.packageRoot };
}

/** In one pass, so that replacements are not replaced again. */
function translated(text: string, { replaced }: Here): string {
  const longestFirst = Object.keys(replaced).sort((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  return text.replace(pattern, (word) => replaced[word] ?? word);
}
