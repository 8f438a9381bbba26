/** Who keeps results in a folder does not pay for the AWS SDK, and nobody waits for its sockets. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');
const TS_REQUIRE = path.join(__dirname, '..', '..', 'support', 'ts-require.js');
const SDK = /[\\/]node_modules[\\/](@aws-sdk|@smithy)[\\/]/;

/** What a process of its own has loaded after it opened a store; it must end automatically. */
function loadedAfter(store: string, then = ''): readonly string[] {
  const script = `
    const { openStore } = require('./client/open-store.ts');
    const store = openStore({ IMAGEPIPELINE_STORE: ${JSON.stringify(store)} }, process.cwd());
    const tell = () => console.log(JSON.stringify(Object.keys(require.cache)));
    Promise.resolve(${then}).catch(() => undefined).then(tell);
  `;
  const env = { PATH: process.env['PATH'], AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' };
  const options = { cwd: ROOT, env, encoding: 'utf8', timeout: 20_000, maxBuffer: 1 << 24, stdio: 'pipe' } as const;
  return JSON.parse(execFileSync(process.execPath, ['-r', TS_REQUIRE, '-e', script], options));
}

test.each(['some-folder', 's3://some-bucket/x'])('opening the store %s loads nothing of the AWS SDK', (store) => {
  expect(loadedAfter(store).filter((file) => SDK.test(file))).toEqual([]);
});

test('the same look after S3 was requested something finds it', () => {
  const loaded = loadedAfter('s3://some-bucket/x', "store.batches.readManifest('b1')");
  expect(loaded.filter((file) => SDK.test(file)).length).toBeGreaterThan(0);
});
