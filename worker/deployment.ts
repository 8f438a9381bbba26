/** Which release of a worker deployment a worker is, for those who upgrade by Worker Deployment Versioning. */
import type { WorkerDeploymentOptions } from '@temporalio/worker';

/** Both parts are at most 128 characters long; the server joins them with ":" in its lists. */
export interface DeploymentVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

const NAME_VARIABLE = 'IMAGEPIPELINE_DEPLOYMENT';
const BUILD_VARIABLE = 'IMAGEPIPELINE_BUILD_ID';

/** The server refuses "." and ":" in a deployment's name, and "__" at the beginning of either part. */
const NAME = /^(?!__)[A-Za-z0-9_-]{1,128}$/;
/** As tags of container images, of which a build id is often one. */
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
      `${NAME_VARIABLE} is "${name}"; give at most 128 letters, digits, "-" or "_", and no "__" at the beginning`,
    );
  }
  if (build === undefined) problems.push(`${BUILD_VARIABLE} is not set, but ${NAME_VARIABLE} is; set both or neither`);
  else if (!BUILD.test(build)) {
    problems.push(
      `${BUILD_VARIABLE} is "${build}"; give at most 128 letters, digits, "-", "_" or ".", and no "-", "." or "__" at the beginning`,
    );
  }
  return { deploymentName: name ?? '', buildId: build ?? '' };
}

/**
 * Whatever runs moves to the current release with its next task: a governor has no end, and a batch that is held may wait for
 * weeks, so a release to which they were pinned could not be switched off. It is said here and not in the workflows, for the
 * server refuses what a worker without versioning answers for a workflow that names its behaviour.
 */
export function toDeploymentOptions(version: DeploymentVersion): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}
