/** Settings of the connection to Temporal: none is ignored without a word. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readTemporalTarget } from '../../connection/connection';
import { TemporalSettingsError } from '../../connection/errors';
import { tempFolder } from '../support/temp-folder';

/** No file in the home folder of the user is read. */
const HOME = { XDG_CONFIG_HOME: tempFolder() };

function findProblems(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readTemporalTarget({ ...HOME, ...env });
    return [];
  } catch (error) {
    if (error instanceof TemporalSettingsError) return error.problems;
    throw error;
  }
}

function writeConfig(text: string): string {
  const file = path.join(tempFolder(), 'temporal.toml');
  writeFileSync(file, text);
  return file;
}

test.each(['true', '1'])('TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=%s is refused with the reason', (value) => {
  const [problem, ...others] = findProblems({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: value });
  expect(problem).toContain('always verifies the server');
  expect(problem).toContain('TEMPORAL_TLS_SERVER_CA_CERT_PATH');
  expect(others).toEqual([]);
});

test.each(['false', '0', ''])('TEMPORAL_TLS_DISABLE_HOST_VERIFICATION="%s" asks for nothing', (value) => {
  expect(findProblems({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: value })).toEqual([]);
});

test('a word that Temporal would read as "no TLS" is refused, and an empty variable is not set', () => {
  expect(findProblems({ TEMPORAL_TLS: 'on' })).toEqual(['TEMPORAL_TLS is "on"; must be true or false']);
  const { config, address } = readTemporalTarget({
    ...HOME,
    ...{ TEMPORAL_TLS: '', TEMPORAL_API_KEY: 'key', TEMPORAL_ADDRESS: '' },
  });
  expect(config.connectionOptions.tls).toBe(true);
  expect(address).toBe('127.0.0.1:7233');
});

test.each([
  ['CERT', 'KEY'],
  ['KEY', 'CERT'],
])('TEMPORAL_TLS_CLIENT_%s_DATA without the other of the pair is refused', (given, missing) => {
  const problems = findProblems({ [`TEMPORAL_TLS_CLIENT_${given}_DATA`]: 'PEM' });
  expect(problems).toEqual([expect.stringContaining(`TEMPORAL_TLS_CLIENT_${missing}_PATH (or _DATA) is not`)]);
  expect(problems.join()).not.toContain('PEM"');
});

test('a file that is not there, that is no TOML, or lacks the profile, is refused', () => {
  expect(findProblems({ TEMPORAL_CONFIG_FILE: '/not/there.toml' })).toEqual([
    'TEMPORAL_CONFIG_FILE is "/not/there.toml"; there is no such file',
  ]);
  expect(findProblems({ TEMPORAL_CONFIG_FILE: writeConfig('[profile') })).toEqual([
    expect.stringContaining('cannot be read'),
  ]);
  expect(findProblems({ TEMPORAL_CONFIG_FILE: writeConfig('[profile.a]\n'), TEMPORAL_PROFILE: 'b' })).toEqual([
    expect.stringContaining("Profile 'b' not found"),
  ]);
});

test('keys of the selected profile that are not read are refused, those of others are not looked at', () => {
  const file = writeConfig(
    '[profile.a]\naddress = "a:7233"\n[profile.a.tls]\ndisable_host_verification = true\n[profile.b]\naddress = "b:7233"\n',
  );
  expect(findProblems({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'a' })).toEqual([
    expect.stringMatching(/disable_host_verification; .*always verifies/),
  ]);
  expect(readTemporalTarget({ ...HOME, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'b' }).address).toBe('b:7233');
});

test('every problem is reported at once', () => {
  expect(
    findProblems({
      TEMPORAL_TLS: 'yes',
      TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'x',
    }),
  ).toHaveLength(3);
});
