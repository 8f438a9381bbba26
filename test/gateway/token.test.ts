/** Tokens: only what was signed with one of our secrets names a submission. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { type CallbackSecrets, signToken, verifyToken } from '../../activities/callback';

const SECRETS: CallbackSecrets = ['a'.repeat(32)];
const CLAIM = { workflowId: 'spring/page-1', run: 'run-1', key: 'banner-1', submission: 2 };

test('whatever a claim says is read back, in characters that need no escaping in an address', () => {
  const claim = fc.record({
    workflowId: fc.string(),
    run: fc.string(),
    key: fc.string({ unit: 'binary' }),
    submission: fc.nat(),
  });
  fc.assert(
    fc.property(claim, (given) => {
      const token = signToken(given, SECRETS);
      expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
      expect(verifyToken(token, SECRETS)).toEqual(given);
    }),
  );
});

test('a token of the longest ids is short enough to be looked at', () => {
  const long = { workflowId: 'ö'.repeat(1_000), run: 'r'.repeat(36), key: 'ö'.repeat(200), submission: 99 };
  expect(verifyToken(signToken(long, SECRETS), SECRETS)).toEqual(long);
});

test.each([
  ['without a run, as of an older release', ['spring', 'banner-1', 1]],
  ['with one thing more, as of a newer one', ['spring', 'run-1', 'banner-1', 1, 'more']],
  ['of other types', ['spring', 'run-1', 'banner-1', '1']],
  ['with half a submission', ['spring', 'run-1', 'banner-1', 1.5]],
  ['that is no list', { workflowId: 'spring' }],
])('a claim %s is none, though it is signed', (_what, said) => {
  const claim = Buffer.from(JSON.stringify(said)).toString('base64url');
  const signature = createHmac('sha256', SECRETS[0]).update('imagepipeline-callback.2.').update(claim);
  expect(verifyToken(`${claim}.${signature.digest('base64url')}`, SECRETS)).toBeNull();
});

test('no change of a single character passes', () => {
  const token = signToken(CLAIM, SECRETS);
  for (let place = 0; place < token.length; place += 1) {
    for (const other of ['A', 'B', '.', '=', '-', 'é']) {
      if (token[place] === other) continue;
      expect(verifyToken(token.slice(0, place) + other + token.slice(place + 1), SECRETS)).toBeNull();
    }
  }
});

test.each([
  ['nothing', ''],
  ['a dot', '.'],
  ['no signature', signToken(CLAIM, SECRETS).split('.')[0] ?? ''],
  ['a third part', `${signToken(CLAIM, SECRETS)}.x`],
  ['another secret', signToken(CLAIM, ['b'.repeat(32)])],
  ['a padded signature', `${signToken(CLAIM, SECRETS)}=`],
  ['too long a text', `${'x'.repeat(8_192)}.${'y'.repeat(43)}`],
])('%s is no token', (_what, token) => {
  expect(verifyToken(token, SECRETS)).toBeNull();
});

test('a secret is changed by listing the new one first: old tokens verify until the old one is taken away', () => {
  const [before, during, after]: CallbackSecrets[] = [
    ['o'.repeat(32)],
    ['n'.repeat(32), 'o'.repeat(32)],
    ['n'.repeat(32)],
  ];
  const old = signToken(CLAIM, before as CallbackSecrets);
  const fresh = signToken(CLAIM, during as CallbackSecrets);
  expect(verifyToken(old, during as CallbackSecrets)).toEqual(CLAIM);
  expect(verifyToken(old, after as CallbackSecrets)).toBeNull();
  expect(verifyToken(fresh, after as CallbackSecrets)).toEqual(CLAIM);
});
