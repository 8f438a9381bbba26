/** Explains why native code of a command cannot be loaded, and the fix, in place of a stack trace. */
import { findErrorCode } from '../workflows/domain/base/errors';

/** Node's report on its system; glibc is named only if Node uses it. */
export interface SystemReport {
  readonly header: { readonly platform: string; readonly arch: string; readonly glibcVersionRuntime?: string };
}

const WITHOUT_IT = 'plan, status, results and gateway work without it';
const REINSTALL = 'run "npm ci" again on this machine, without --omit=optional and --ignore-scripts';

interface NativePart {
  readonly name: string;
  readonly isIn: RegExp;
  readonly needsGlibc: boolean;
}

const PARTS: readonly NativePart[] = [
  { name: "Temporal's worker", isIn: /core-bridge/, needsGlibc: true },
  { name: 'sharp, which decodes pictures,', isIn: /\bsharp\b|@img[\\/]/, needsGlibc: false },
];

/**
 * Returns the explanation; `null` for any other error.
 *
 * @param report replaced in tests to simulate other systems
 */
export function findNativeProblem(error: unknown, report: () => SystemReport = readSystemReport): string | null {
  if (!(error instanceof Error) || !isLoadError(error)) return null;
  const part = PARTS.find(({ isIn }) => isIn.test(error.message));
  if (part === undefined) return null;
  const { platform, arch, glibcVersionRuntime } = report().header;
  const found = `the native part of ${part.name} cannot be loaded on ${platform}-${arch}`;
  if (platform === 'linux' && glibcVersionRuntime === undefined && part.needsGlibc) {
    return `${found}: it needs glibc, but this system uses musl, as Alpine does; use a system with glibc, for instance the image node:22-slim; ${WITHOUT_IT}`;
  }
  return `${found}; ${REINSTALL}; ${WITHOUT_IT}`;
}

function isLoadError(error: Error): boolean {
  const code = findErrorCode(error);
  return (
    code === 'ERR_DLOPEN_FAILED' ||
    code === 'MODULE_NOT_FOUND' ||
    /^Could not load the "sharp" module/.test(error.message)
  );
}

function readSystemReport(): SystemReport {
  return process.report.getReport() as unknown as SystemReport;
}
