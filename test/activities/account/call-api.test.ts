/** Calls that are not jobs, with answers that get lost: each is safe to repeat. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createActivities, FilesystemStore } from '../../../activities';
import type { ApiCall } from '../../../workflows/domain/account/api-calls';
import { activityEnvironment } from '../../support/activity';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';

/** What the server does with a request, beside recording it. */
type Behaviour = (profiles: { profile_id: string; name: string }[]) => { status: number; body?: unknown } | 'lost';

let server: Server;
let url = '';
let asked: string[];
let profiles: { profile_id: string; name: string }[];
let behaviours: Record<string, Behaviour[]>;

beforeEach(async () => {
  [asked, profiles, behaviours] = [[], [], {}];
  server = createServer((request, response) => {
    const name = `${request.method} ${request.url}`;
    asked.push(name);
    const act = behaviours[name]?.shift() ?? (() => ({ status: 200, body: { profiles } }));
    const answer = act(profiles);
    if (answer === 'lost') response.destroy();
    else response.writeHead(answer.status).end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function call(input: ApiCall, attempt: number) {
  const store = new FilesystemStore(path.join(tempFolder(), 'store'));
  const { callApi } = createActivities({ api: realApi(url, { apiKey: 'key' }), store, random: () => 0 });
  return activityEnvironment({ attempt }).run(callApi, input);
}

const CREATE = { call: 'createProfile', fields: { name: 'spring' }, known: ['old'] } as const;
const made = { profile_id: 'new', name: 'spring' };

test('a profile whose creation got no answer is found by the next attempt, not created again', async () => {
  profiles.push({ profile_id: 'old', name: 'spring' });
  const create: Behaviour = (all) => {
    all.unshift(made);
    return 'lost';
  };
  behaviours = { 'POST /profiles/v1': [create] };
  await expect(call(CREATE, 1)).rejects.toMatchObject({ type: 'PROVIDER_UNREACHABLE', nonRetryable: false });
  expect(await call(CREATE, 2)).toEqual({ kind: 'answered', answer: made });
  expect(asked).toEqual(['POST /profiles/v1', 'GET /profiles/v1']);
});

test('one that was not created is created by the next attempt', async () => {
  profiles.push({ profile_id: 'old', name: 'spring' });
  behaviours = { 'POST /profiles/v1': [() => 'lost', () => ({ status: 201, body: made })] };
  await expect(call(CREATE, 1)).rejects.toThrow();
  expect(await call(CREATE, 2)).toEqual({ kind: 'answered', answer: made });
});

test('a deletion whose answer was lost has succeeded if the profile is gone', async () => {
  const gone: Behaviour = () => ({ status: 404, body: { error_code: 'NOT_FOUND', message: 'gone' } });
  behaviours = { 'DELETE /profiles/v1/a%2Fb': [gone, gone] };
  const remove = { call: 'deleteProfile', profileId: 'a/b' } as const;
  expect(await call(remove, 1)).toMatchObject({ kind: 'refused', code: 'NOT_FOUND' });
  expect(await call(remove, 2)).toEqual({ kind: 'answered', answer: null });
});

test.each([
  [401, undefined, 'UNAUTHENTICATED'],
  [422, { detail: [{ loc: ['body', 'name'], msg: 'too long' }] }, 'INPUT_INVALID'],
])('HTTP %i is final', async (status, body, code) => {
  behaviours = { 'POST /profiles/v1': [() => ({ status, body })] };
  expect(await call(CREATE, 1)).toMatchObject({ kind: 'refused', code });
});

test.each([
  [429, { error_code: 'RATE_LIMIT_EXCEEDED' }, 'RATE_LIMIT_EXCEEDED'],
  [503, { error_code: 'MODEL_UNAVAILABLE' }, 'MODEL_UNAVAILABLE'],
  [504, undefined, 'PROVIDER_UNREACHABLE'],
  [200, { profiles: 'none' }, 'RESPONSE_INVALID'],
])('HTTP %i is tried again', async (status, body, type) => {
  behaviours = { 'GET /profiles/v1': [() => ({ status, body })] };
  await expect(call({ call: 'listProfiles' }, 1)).rejects.toMatchObject({ type, nonRetryable: false });
});
