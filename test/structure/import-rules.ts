/** Who may import whom: the table of the architecture as data, and what is wrong by it. */
import type { Import, Source } from './sources';

/** The parts of the product, the more special before the more general. */
export const AREAS = [
  'workflows/domain',
  'workflows',
  'activities',
  'payloads',
  'telemetry',
  'worker',
  'nexus',
  'input',
  'connection',
  'client',
  'cli',
  'gateway/dashboard/app',
  'gateway',
  'emulator',
  'tools/temporal-server',
  'tools/versitygw',
  'tools/temporal',
  'tools/compose',
  'bench',
  'bin',
] as const;
type Area = (typeof AREAS)[number];

interface Permission {
  readonly from: Area;
  readonly to: Area;
  /** Default: every file of the area. */
  readonly onlyFiles?: RegExp;
  /** Default: every file of the area. */
  readonly onlyTargets?: RegExp;
  readonly onlyTypes?: true;
}

/** It plays the provider, and looks at what everybody else has done. */
const CHAOS = /^bench\/chaos/;

/** It tries what a worker does. */
const DOCTOR = /^cli\/doctor\//;

/** What is not here is forbidden. An area may always import itself. */
export const PERMISSIONS: readonly Permission[] = [
  { from: 'workflows', to: 'workflows/domain' },
  { from: 'activities', to: 'workflows/domain' },
  { from: 'worker', to: 'workflows/domain' },
  // Paths, for the bundle.
  {
    from: 'worker',
    to: 'workflows',
    onlyFiles: /^worker\/bundle\.ts$/,
    onlyTargets: /^workflows(\/interceptors\/(query-guard|stack-traces|trace-headers))?$/,
    onlyTypes: true,
  },
  { from: 'worker', to: 'activities', onlyTargets: /^activities$/ },
  { from: 'worker', to: 'payloads', onlyTargets: /^payloads$/ },
  { from: 'worker', to: 'telemetry', onlyTargets: /^telemetry$/ },
  { from: 'worker', to: 'nexus', onlyTargets: /^nexus$/ },
  { from: 'nexus', to: 'workflows/domain' },
  { from: 'nexus', to: 'workflows', onlyTargets: /^workflows\/(messages|nexus-service)$/ },
  { from: 'nexus', to: 'workflows', onlyTypes: true },
  { from: 'nexus', to: 'input' },
  { from: 'nexus', to: 'connection' },
  { from: 'telemetry', to: 'workflows/domain' },
  { from: 'input', to: 'workflows/domain' },
  { from: 'connection', to: 'input' },
  { from: 'connection', to: 'workflows/domain' },
  { from: 'connection', to: 'workflows', onlyTargets: /^workflows\/messages$/ },
  { from: 'connection', to: 'workflows', onlyTypes: true },
  { from: 'connection', to: 'activities', onlyTargets: /^activities\/store$/, onlyTypes: true },
  { from: 'connection', to: 'payloads', onlyTargets: /^payloads$/ },
  { from: 'client', to: 'connection' },
  { from: 'client', to: 'input' },
  { from: 'client', to: 'workflows/domain' },
  { from: 'client', to: 'workflows', onlyTargets: /^workflows\/messages$/ },
  { from: 'client', to: 'workflows', onlyTypes: true },
  { from: 'client', to: 'activities', onlyTargets: /^activities\/store(\/(damaged-file-error|store-unavailable))?$/ },
  { from: 'client', to: 'payloads', onlyTargets: /^payloads(\/errors)?$/ },
  { from: 'gateway', to: 'connection' },
  { from: 'gateway', to: 'client' },
  { from: 'gateway', to: 'input' },
  { from: 'gateway', to: 'workflows/domain' },
  { from: 'gateway', to: 'workflows', onlyTargets: /^workflows\/messages$/ },
  { from: 'gateway', to: 'activities', onlyTargets: /^activities\/(store|callback)$/ },
  { from: 'gateway', to: 'payloads', onlyTargets: /^payloads$/ },
  { from: 'gateway', to: 'telemetry', onlyTargets: /^telemetry$/ },
  // It runs in the browser: types of the answers, and tables that import nothing.
  { from: 'gateway/dashboard/app', to: 'gateway', onlyTypes: true },
  { from: 'gateway/dashboard/app', to: 'gateway', onlyTargets: /^gateway\/api\/access\/roles$/ },
  { from: 'gateway/dashboard/app', to: 'workflows/domain' },
  { from: 'cli', to: 'connection' },
  { from: 'cli', to: 'client' },
  { from: 'cli', to: 'input' },
  { from: 'cli', to: 'gateway', onlyTargets: /^gateway$/ },
  { from: 'cli', to: 'workflows/domain' },
  { from: 'cli', to: 'workflows', onlyTargets: /^workflows\/messages$/ },
  { from: 'cli', to: 'activities', onlyTargets: /^activities\/store$/ },
  { from: 'cli', to: 'activities', onlyFiles: DOCTOR, onlyTargets: /^activities(\/callback)?$/ },
  { from: 'cli', to: 'payloads', onlyTargets: /^payloads$/ },
  { from: 'cli', to: 'telemetry', onlyTargets: /^telemetry$/ },
  { from: 'cli', to: 'worker', onlyFiles: /^cli\/(dev\/|doctor\/|processes\/worker\.)/ },
  { from: 'cli', to: 'emulator', onlyFiles: /^cli\/(dev\/|processes\/emulator\.)/ },
  { from: 'cli', to: 'tools/temporal', onlyFiles: /^cli\/(dev|demo)\// },
  { from: 'emulator', to: 'workflows/domain', onlyTypes: true },
  { from: 'tools/temporal-server', to: 'tools/temporal' },
  { from: 'tools/versitygw', to: 'tools/temporal' },
  { from: 'tools/compose', to: 'tools/temporal' },
  { from: 'tools/compose', to: 'tools/temporal-server' },
  { from: 'bench', to: 'tools/temporal' },
  { from: 'bench', to: 'tools/compose' },
  { from: 'bench', to: 'connection' },
  { from: 'bench', to: 'client' },
  { from: 'bench', to: 'cli', onlyTargets: /^cli\/main$/ },
  { from: 'bench', to: 'emulator', onlyFiles: CHAOS },
  { from: 'bench', to: 'workflows/domain', onlyFiles: CHAOS },
  { from: 'bench', to: 'workflows', onlyFiles: CHAOS, onlyTargets: /^workflows\/messages$/ },
  { from: 'bench', to: 'telemetry', onlyFiles: /^bench\/chaos-worker\.ts$/ },
  { from: 'bench', to: 'worker', onlyFiles: /^bench\/(chaos-worker|chaos\/replays)\.ts$/ },
  {
    from: 'bench',
    to: 'activities',
    onlyFiles: /^bench\/pictures-child\.ts$/,
    onlyTargets: /^activities\/media\/verify-image$/,
  },
];

interface PackageRule {
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly packages: RegExp;
  readonly reason: string;
}

const FORBIDDEN_PACKAGES: readonly PackageRule[] = [
  {
    files: /^workflows\/domain\//,
    except: /^workflows\/domain\/item\/application-failure\.ts$/,
    packages: /./,
    reason: 'the domain imports nothing but itself',
  },
  {
    files: /^workflows\//,
    except: /^workflows\/nexus-service\.ts$/,
    packages: /^(?!@temporalio\/(workflow|common)$)/,
    reason: 'workflow code runs in an isolate of its own: no zod, no node',
  },
  {
    files: /^workflows\/nexus-service\.ts$/,
    packages: /^(?!nexus-rpc$)/,
    reason: 'the contract of the service is part of the workflows that call it',
  },
  {
    files: /^nexus\//,
    packages: /^(?!@temporalio\/(client|nexus)$|nexus-rpc$|node:crypto$)/,
    reason: 'the handlers are clients of Temporal, and load nothing native',
  },
  {
    files: /^activities\//,
    except: /^activities\/account\/account-activities\.ts$/,
    packages: /^@temporalio\/(?!activity$|common$)/,
    reason: 'activities know nothing of workers, clients and workflows',
  },
  {
    files: /^payloads\//,
    packages: /^(?!@temporalio\/(common|proto)$|node:(crypto|path)$)/,
    reason: 'payloads are coded alike in workers and in clients, so nothing of either and nothing native',
  },
  {
    files: /^payloads\/failure-converter\.ts$/,
    packages: /^(?!@temporalio\/common$)/,
    reason: 'it is part of the workflow bundle',
  },
  {
    files: /^input\//,
    packages: /^(@temporalio\/|sharp(\/|$)|undici(\/|$)|@?fastify)/,
    reason: 'input is read and checked without a server, and loads nothing native',
  },
  {
    files: /^(client|connection)\//,
    packages: /^(@temporalio\/(worker|core-bridge|testing|activity|workflow)|sharp|undici)(\/|$)/,
    reason: 'the library loads nothing native and nothing of the worker',
  },
  {
    files: /^(client|connection)\//,
    packages: /^(@fastify\/|fastify(-|\/|$))/,
    reason: 'the library serves nothing; the gateway does',
  },
  {
    files: /^gateway\//,
    packages: /^(@temporalio\/(worker|core-bridge|testing|activity|workflow)|undici)(\/|$)/,
    reason: 'the gateway loads nothing of the worker',
  },
  {
    files: /^gateway\/dashboard\/app\//,
    packages: /^(?!preact(\/hooks)?$|zod$)/,
    reason: 'the page is small, and runs in the browser',
  },
  {
    files: /^emulator\//,
    packages: /^@temporalio\//,
    reason: 'the emulator shares no code with the product',
  },
];

const FAILURE_CLASSES =
  /^(ApplicationFailure|ActivityFailure|ChildWorkflowFailure|CancelledFailure|TerminatedFailure|TimeoutFailure|ServerFailure|TemporalFailure)$/;
const FAILURE_FILE = 'workflows/domain/item/application-failure.ts';

/** Entry files, and what is no part of the product. */
const MAY_READ_ENVIRONMENT = /^(bin\/|bench\/[^/]+\.ts$|docs\/examples\/|tools\/[^/]+\.js$)/;

/** Every violation as one line. */
export function violations(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => [
    ...source.imports.flatMap((one) => findProblems(source.file, one).map((problem) => `${source.file}: ${problem}`)),
    ...(source.readsEnvironment && !MAY_READ_ENVIRONMENT.test(source.file)
      ? [`${source.file}: process.env is read in entry files only`]
      : []),
  ]);
}

function findProblems(file: string, one: Import): string[] {
  return one.ours ? ownProblems(file, one) : packageProblems(file, one);
}

function ownProblems(file: string, { target, typeOnly }: Import): string[] {
  const from = findArea(file);
  const to = findArea(target);
  if (from === null || to === null || from === to) return [];
  const isAllowed = PERMISSIONS.some(
    (permission) =>
      permission.from === from &&
      permission.to === to &&
      (permission.onlyFiles?.test(file) ?? true) &&
      (permission.onlyTargets?.test(target) ?? true) &&
      (typeOnly || permission.onlyTypes !== true),
  );
  return isAllowed ? [] : [`${from} may not import ${target}${typeOnly ? ', not even its types' : ''}`];
}

function packageProblems(file: string, { target, names }: Import): string[] {
  const problems = FORBIDDEN_PACKAGES.filter(
    ({ files, except, packages }) => files.test(file) && !except?.test(file) && packages.test(target),
  ).map(({ reason }) => `may not import ${target}: ${reason}`);
  const failures = target.startsWith('@temporalio/') ? names.filter((name) => FAILURE_CLASSES.test(name)) : [];
  const isElsewhere = failures.length > 0 && findArea(file) !== null && file !== FAILURE_FILE;
  return isElsewhere ? [...problems, `${failures.join(', ')} may be touched by ${FAILURE_FILE} only`] : problems;
}

function findArea(file: string): Area | null {
  return AREAS.find((area) => file === area || file.startsWith(`${area}/`)) ?? null;
}
