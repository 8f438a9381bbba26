/** The deployment version of a worker, for Worker Deployment Versioning. */
import type { WorkerDeploymentOptions } from '@temporalio/worker';

/** Both parts have at most 128 characters; the server joins them with ":" in its lists. */
export interface DeploymentVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

const NAME_VARIABLE = 'IMAGEPIPELINE_DEPLOYMENT';
const BUILD_VARIABLE = 'IMAGEPIPELINE_BUILD_ID';

/** The server refuses "." and ":" in a deployment name, and a leading "__" in either part. */
const NAME = /^(?!__)[A-Za-z0-9_-]{1,128}$/;
/** The format of container image tags, which are often used as build ids. */
const BUILD = /^(?!__)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** @returns `null` if neither variable is set: the worker is not versioned */
export function parseDeployment(
  name: string | undefined,
  build: string | undefined,
  problems: string[],
): DeploymentVersion | null {
  if (name === undefined && build === undefined) return null;
  if (name === undefined) problems.push(`${NAME_VARIABLE} is not set, but ${BUILD_VARIABLE} is; set both or neither`);
  else if (!NAME.test(name)) {
    problems.push(
      `${NAME_VARIABLE} is "${name}"; expected at most 128 letters, digits, "-" or "_", and no "__" at the start`,
    );
  }
  if (build === undefined) problems.push(`${BUILD_VARIABLE} is not set, but ${NAME_VARIABLE} is; set both or neither`);
  else if (!BUILD.test(build)) {
    problems.push(
      `${BUILD_VARIABLE} is "${build}"; expected at most 128 letters, digits, "-", "_" or ".", and no "-", "." or "__" at the start`,
    );
  }
  return { deploymentName: name ?? '', buildId: build ?? '' };
}

/**
 * Running workflows move to the current version with their next workflow task. A governor never ends and a held batch
 * may wait for weeks, so a version they were pinned to could never be retired. Set here and not in the workflows,
 * because the server rejects a versioning behaviour from a worker without versioning.
 */
export function toDeploymentOptions(version: DeploymentVersion): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}
