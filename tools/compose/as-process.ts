/** A service of docker-compose.yml as a command for this machine: the same words and variables, other addresses. */
import type { Service } from './compose-file';
import type { Command } from './service-process';

export interface Here {
  readonly packageRoot: string;
  /** Folders of the programs that the images have. */
  readonly path: string;
  /** What stands in the file, and what stands for it here: ports, addresses, paths. */
  readonly replaced: Readonly<Record<string, string>>;
  /** Entry point of the images that the Dockerfile makes. */
  readonly ourEntrypoint: readonly string[];
  /** Variables that they have by themselves. */
  readonly ourVariables: Readonly<Record<string, string>>;
}

/** @param variables replace those of the service, or are what the image sets by itself */
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
  if (kind !== 'CMD') throw new Error(`${name} has no health check that is a command`);
  const words = argv.map((word) => translated(word, here));
  return { name: `health check of ${name}`, argv: words, env: { PATH: here.path }, cwd: here.packageRoot };
}

/** In one pass: what was put in is not looked at again. */
function translated(text: string, { replaced }: Here): string {
  const longestFirst = Object.keys(replaced).sort((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  return text.replace(pattern, (word) => replaced[word] ?? word);
}
