/** The variables that make a worker one of a deployment's versions. */
import { parseWorkerSettings } from '../../worker';

const KEY = { IMAGEPIPELINE_API_KEY: 'ip_live_x' };

test.each([
  [{}, null],
  [{ IMAGEPIPELINE_DEPLOYMENT: ' ', IMAGEPIPELINE_BUILD_ID: '' }, null],
  [
    { IMAGEPIPELINE_DEPLOYMENT: 'images', IMAGEPIPELINE_BUILD_ID: '0.2.0-rc.1' },
    { deploymentName: 'images', buildId: '0.2.0-rc.1' },
  ],
])('%j is %j', (env, deployment) => {
  expect(parseWorkerSettings({ ...KEY, ...env }, '/w')).toMatchObject({ deployment });
});

test.each([
  [{ IMAGEPIPELINE_DEPLOYMENT: 'images' }, ['IMAGEPIPELINE_BUILD_ID is not set']],
  [{ IMAGEPIPELINE_BUILD_ID: '2' }, ['IMAGEPIPELINE_DEPLOYMENT is not set']],
  [
    { IMAGEPIPELINE_DEPLOYMENT: 'images.eu', IMAGEPIPELINE_BUILD_ID: '__2' },
    ['IMAGEPIPELINE_DEPLOYMENT is "images.eu"', 'IMAGEPIPELINE_BUILD_ID is "__2"'],
  ],
  [{ IMAGEPIPELINE_BUILD_ID: 'a:b' }, ['IMAGEPIPELINE_DEPLOYMENT is not set', 'IMAGEPIPELINE_BUILD_ID is "a:b"']],
])('%j is refused with every problem', (env, problems) => {
  for (const problem of problems) expect(() => parseWorkerSettings({ ...KEY, ...env }, '/w')).toThrow(problem);
});
