/** What we ask of docker-compose.yml beyond its schema; every problem by the service's name. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SECRET_VARIABLES } from '../../input/secret-files';
import type { ComposeFile, Service } from '../../tools/compose/compose-file';

const PRODUCT = ['activities', 'payloads', 'telemetry', 'worker', 'input', 'client', 'cli', 'gateway'];
/** Of the file itself: Compose reads it, the product does not. */
const OF_THE_FILE = 'IMAGEPIPELINE_WORKERS';
/** A version of at least two numbers; `17` or `latest` would be another image tomorrow. */
const PINNED = /^[\w./-]+:\d+\.\d+[\w.-]*$/;
/** Nothing to ask: they end by themselves, or share their addresses with others of their kind. */
const WITHOUT_HEALTH_CHECK = ['temporal-schema', 'temporal-namespace', 'cli', 'emulator-worker'];

/** Names of all variables that the product's sources read or write about. */
export function variablesOfProduct(packageRoot: string): ReadonlySet<string> {
  const files = PRODUCT.flatMap((folder) => {
    const inside = readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' });
    return inside.filter((file) => file.endsWith('.ts')).map((file) => path.join(packageRoot, folder, file));
  });
  const names = files.flatMap((file) => namesIn(readFileSync(file, 'utf8')));
  return new Set([...names, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)]);
}

/** Also those in comments, which people copy from. */
export function misspelled(text: string, known: ReadonlySet<string>): readonly string[] {
  return namesIn(text).filter((name) => name !== OF_THE_FILE && !known.has(name));
}

function namesIn(text: string): readonly string[] {
  return text.match(/\bIMAGEPIPELINE_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [];
}

export function findProblems({ services }: ComposeFile): readonly string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    CHECKS.filter(({ holds }) => !holds(service, name)).map(({ wants }) => `${name} ${wants}`),
  );
}

interface Check {
  readonly wants: string;
  readonly holds: (service: Service, name: string) => boolean;
}

const CHECKS: readonly Check[] = [
  { wants: 'needs an image with a pinned version', holds: ({ image = '' }) => isPinned(image) },
  { wants: 'must not run as root', holds: ({ user = '' }) => isUserByNumber(user) },
  { wants: 'needs a read-only root file system', holds: ({ read_only }) => read_only === true },
  { wants: 'must drop all capabilities', holds: ({ cap_drop = [] }) => cap_drop.includes('ALL') },
  {
    wants: 'must not gain privileges',
    holds: ({ security_opt = [] }) => security_opt.includes('no-new-privileges:true'),
  },
  { wants: 'needs a restart policy', holds: ({ restart }) => restart !== undefined },
  {
    wants: 'needs a health check',
    holds: ({ healthcheck }, name) => healthcheck !== undefined || WITHOUT_HEALTH_CHECK.includes(name),
  },
  {
    wants: 'must publish its ports to this machine only',
    holds: ({ ports = [] }) => ports.every((port) => port.startsWith('127.0.0.1:')),
  },
];

export function isPinned(image: string): boolean {
  return PINNED.test(image);
}

export function isUserByNumber(user: string): boolean {
  return /^[1-9]\d*:[1-9]\d*$/.test(user);
}
