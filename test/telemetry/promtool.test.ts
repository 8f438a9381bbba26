/** Prometheus's own tool reads the rules, plays their tests, and understands what the dashboard asks. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { expressions } from './used-metrics';

const RULES = path.join(__dirname, '..', '..', 'deploy', 'prometheus');

function promtool(args: readonly string[], folder = RULES) {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  return { status, said: `${stdout ?? ''}${stderr ?? ''}`, isThere: error === undefined };
}

const { isThere } = promtool(['--version']);
if (!isThere) process.stderr.write('skipped 3 tests: promtool is not on PATH; it comes with Prometheus.\n');
const where = isThere ? test : test.skip;

where('the rules and the example of a configuration are sound', () => {
  for (const args of [
    ['check', 'rules', 'alerts.yml'],
    ['check', 'config', 'prometheus.yml'],
  ]) {
    expect(promtool(args)).toMatchObject({ status: 0, said: expect.not.stringContaining('FAILED') });
  }
});

where('the alerts tell what they should, and nothing else', () => {
  expect(promtool(['test', 'rules', 'alerts.test.yml'])).toMatchObject({
    status: 0,
    said: expect.stringContaining('SUCCESS'),
  });
});

where('what the dashboard asks is PromQL', () => {
  const folder = tempFolder();
  // What Grafana puts in when it asks.
  const asked = expressions().map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h'));
  const rules = asked.map((expr, index) => ({ record: `asked:${index}`, expr }));
  writeFileSync(path.join(folder, 'asked.yml'), JSON.stringify({ groups: [{ name: 'asked', rules }] }));
  expect(promtool(['check', 'rules', 'asked.yml'], folder)).toMatchObject({
    status: 0,
    said: expect.stringContaining(`${asked.length} rules found`),
  });
});
