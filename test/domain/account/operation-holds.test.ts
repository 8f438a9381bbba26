/** An outage of one operation holds that operation: its items wait, one probes, and everything else continues. */
import { nextTickAt } from '../../../workflows/domain/account/account-clock';
import { reclaimPermits } from '../../../workflows/domain/account/account-state';
import { toAccountStatus } from '../../../workflows/domain/account/account-status';
import { NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { type HolderReport, toItemReport } from '../../../workflows/domain/leases/governor-protocol';
import { getProbe } from '../../../workflows/domain/leases/held-operations';
import { newOutage, toOperationFeedback } from '../../../workflows/domain/leases/operation-feedback';
import { Governor } from './governor';

const VIDEO = 'generate/video';
const IMAGE = 'generate/image';
const COMPLETED: ProviderFeedback = { ...NO_FEEDBACK, accepted: 1, completed: 1 };
const CREDITS: ProviderFeedback = { ...NO_FEEDBACK, accountRefusals: { INSUFFICIENT_CREDITS: 1 } };
const outage = (code: string, operation = VIDEO): ProviderFeedback => ({
  ...NO_FEEDBACK,
  operations: newOutage(operation, code, 'it is down'),
});

const end = (id: string, operation: string, feedback: ProviderFeedback): HolderReport => ({
  ...toItemReport(id, false, operation),
  wants: 0,
  leaving: true,
  feedback,
});

/** What a page makes of the feedback of one item. */
function ofBatch(feedback: ProviderFeedback, operation: string, isProbe: boolean): ProviderFeedback {
  return { ...feedback, operations: { [operation]: toOperationFeedback(feedback, operation, isProbe) } };
}

function batch(governor: Governor, id: string, more: Partial<HolderReport>): HolderReport {
  const grantSeen = governor.find(id)?.lastGrant?.number ?? 0;
  return { ...toItemReport(id), kind: 'batch', grantSeen, ...more };
}

/** Items of a bystander are accepted between the faults of the other operation. */
function heldBy(code: string, governor = new Governor()): Governor {
  for (let time = 0; time < 5; time += 1) {
    expect(governor.state.operationHolds).toEqual({});
    governor.ask(`video-${time}`, false, false, VIDEO);
    governor.report(end(`video-${time}`, VIDEO, outage(code)));
    governor.ask(`image-${time}`, false);
    governor.report(end(`image-${time}`, IMAGE, COMPLETED));
  }
  expect(governor.state.hold).toBeNull();
  expect(governor.state.operationHolds).toMatchObject({ [VIDEO]: { kind: 'outage', code, probing: false } });
  return governor;
}

const CODES = ['MODEL_UNAVAILABLE', 'INTERNAL_ERROR', 'PROVIDER_UNREACHABLE'];
const HOLDERS = ['an item that does not wait', 'an item that waits', 'a batch'] as const;
const ENDS = ['succeeds', 'meets the same', 'meets another', 'is cancelled', 'dies'] as const;
const STARTS = ['by itself', 'by a resume'] as const;
const cases = CODES.flatMap((code) =>
  HOLDERS.flatMap((holder) => ENDS.flatMap((how) => STARTS.map((start) => [code, start, holder, how] as const))),
);

/** Who probes: an item, or a batch whose items are all of the held operation. */
function prober(governor: Governor, kind: (typeof HOLDERS)[number]) {
  const isBatch = kind === 'a batch';
  const id = isBatch ? 'clips' : 'clip';
  const waiting = { wants: 0, blocked: { [VIDEO]: 10 } };
  return {
    id,
    come: () => {
      if (isBatch) governor.report(batch(governor, id, { isNew: true, ...waiting }));
      else expect(governor.ask(id, kind === 'an item that waits', false, VIDEO)).toBe('queued');
    },
    submit: () => {
      if (isBatch) governor.report(batch(governor, id, { ...waiting, held: 1, inFlight: 1 }));
    },
    meet: (feedback: ProviderFeedback) => {
      if (isBatch) {
        const ofProbe = ofBatch(feedback, VIDEO, true);
        governor.report(batch(governor, id, { ...waiting, feedback: { ...ofProbe, ofProbe } }));
        governor.report(batch(governor, id, waiting));
      } else governor.report(end(id, VIDEO, feedback));
    },
    leave: () =>
      governor.report({ ...batch(governor, id, { wants: 0 }), kind: isBatch ? 'batch' : 'item', leaving: true }),
  };
}

/** Items of other operations proceed at once. */
function expectOthersOpen(governor: Governor): void {
  expect(governor.ask('bystander', false)).toBe('granted');
  expect(governor.isProbe('bystander')).toBe(false);
  governor.report(end('bystander', IMAGE, COMPLETED));
}

describe('jobs of the operation that are in flight when it is held', () => {
  /** Two items with permits from before the outage. */
  function heldWithTwo(code: string): Governor {
    const governor = new Governor();
    for (const id of ['before', 'before-too']) expect(governor.ask(id, true, false, VIDEO)).toBe('granted');
    return heldBy(code, governor);
  }

  test.each(CODES)('%s: their success ends the hold if nothing is left to send, even before a probe', (code) => {
    const governor = heldWithTwo(code);
    governor.report(end('before', VIDEO, COMPLETED));
    expect(governor.state.operationHolds).toMatchObject({ [VIDEO]: { code } });
    governor.report(end('before-too', VIDEO, NO_FEEDBACK));
    expect(governor.state.operationHolds).toEqual({});
  });

  test.each(CODES)('%s: their success does not end it while an item waits, or after a later fault', (code) => {
    const waiting = heldWithTwo(code);
    waiting.ask('waits', true, false, VIDEO);
    for (const id of ['before', 'before-too']) waiting.report(end(id, VIDEO, COMPLETED));
    expect(waiting.state.operationHolds).toMatchObject({ [VIDEO]: { code, probing: false } });
    const failing = heldWithTwo(code);
    failing.report(end('before', VIDEO, COMPLETED)).report(end('before-too', VIDEO, outage(code)));
    expect(failing.state.operationHolds).toMatchObject({ [VIDEO]: { code, probing: false } });
  });
});

test.each(cases)('%s, probed %s: %s probes and %s', (code, start, kind, how) => {
  const governor = heldBy(code);
  const { id, come, submit, meet, leave } = prober(governor, kind);
  come();
  governor.ask('later', true, false, VIDEO);
  expect([governor.permitsOf(id), governor.permitsOf('later')]).toEqual([0, 0]);
  expectOthersOpen(governor);
  if (start === 'by a resume') governor.resume();
  else expect(governor.passUntilTick()).toBe(true);
  // A single item goes before batches.
  const first = kind === 'a batch' ? 'later' : id;
  expect([governor.permitsOf(first), governor.isProbe(first)]).toEqual([1, true]);
  if (kind === 'a batch') {
    governor.report(end('later', VIDEO, NO_FEEDBACK));
    governor.ask('later', true, false, VIDEO);
  }
  expect(governor.isProbe(id)).toBe(true);
  submit();
  expectOthersOpen(governor);
  expect(governor.permitsOf('later')).toBe(0);
  if (how === 'succeeds') meet(COMPLETED);
  if (how === 'meets the same') meet(outage(code));
  if (how === 'meets another') meet(CREDITS);
  if (how === 'is cancelled') leave();
  if (how === 'dies') governor.become(reclaimPermits(governor.state, [id], governor.now));
  if (how === 'meets the same') {
    expect(governor.state.operationHolds).toMatchObject({ [VIDEO]: { code, probing: false, probes: 1 } });
    expectOthersOpen(governor);
    expect(governor.passUntilTick()).toBe(true);
  }
  if (how === 'meets another') {
    expect(governor.state.hold).toMatchObject({ code: 'INSUFFICIENT_CREDITS' });
    governor.resume();
  }
  if (how !== 'succeeds') {
    // The next in line probes in its place.
    const probing = governor.state.holders.find(({ id: other }) => governor.isProbe(other));
    expect(probing?.permits).toBe(1);
    if (probing?.id === 'later') governor.report(end('later', VIDEO, COMPLETED));
    else meet(COMPLETED);
  }
  expect(governor.state.operationHolds).toEqual({});
  expect(governor.state.hold).toBeNull();
  leave();
  if (governor.permitsOf('later') === 0) governor.ask('later', true, false, VIDEO);
  expect(governor.permitsOf('later')).toBe(1);
  expectOthersOpen(governor);
});

test('no probe is needed if earlier submissions succeed and no item of the operation is left', () => {
  const governor = new Governor();
  governor.ask('early', false, false, VIDEO);
  governor.ask('slow', false, false, VIDEO);
  for (let time = 0; time < 5; time += 1) governor.report(end(`v${time}`, VIDEO, outage('MODEL_UNAVAILABLE')));
  governor.resume().report(end('early', VIDEO, COMPLETED));
  expect(governor.state.operationHolds).toMatchObject({ [VIDEO]: { probing: true } });
  governor.report(end('slow', VIDEO, NO_FEEDBACK));
  expect(governor.state.operationHolds).toEqual({});
});

test('faults of several operations are counted apart, and each success ends only its own streak', () => {
  const governor = new Governor();
  for (let time = 0; time < 4; time += 1) {
    governor.report(end(`v${time}`, VIDEO, outage('MODEL_UNAVAILABLE')));
    governor.report(end(`e${time}`, 'edit/image', outage('INTERNAL_ERROR', 'edit/image')));
    governor.report(end(`i${time}`, IMAGE, outage('INTERNAL_ERROR', IMAGE)));
    governor.report(end(`j${time}`, IMAGE, COMPLETED));
  }
  expect(governor.state.operationHolds).toEqual({});
  governor.report(end('v', VIDEO, outage('MODEL_UNAVAILABLE')));
  expect(Object.keys(governor.state.operationHolds)).toEqual([VIDEO]);
  governor
    .report(end('e', 'edit/image', COMPLETED))
    .report(end('e5', 'edit/image', outage('INTERNAL_ERROR', 'edit/image')));
  expect(Object.keys(governor.state.operationHolds)).toEqual([VIDEO]);
});

test('when one operation reaches the provider again, others that could not reach it are probed at once', () => {
  const governor = new Governor();
  for (const operation of [VIDEO, IMAGE]) {
    for (let time = 0; time < 5; time += 1)
      governor.report(end(`${operation}-${time}`, operation, outage('PROVIDER_UNREACHABLE', operation)));
    governor.now += 1_000;
  }
  governor.ask('clip', true, false, VIDEO);
  governor.ask('picture', true);
  governor.passUntilTick();
  expect([governor.isProbe('clip'), governor.isProbe('picture')]).toEqual([true, false]);
  governor.report(end('clip', VIDEO, COMPLETED));
  expect(governor.state.operationHolds).toMatchObject({ [IMAGE]: { probing: true } });
  expect(governor.isProbe('picture')).toBe(true);
});

test('the status lists holds of operations after those of the account, and only the latter as its hold', () => {
  const governor = heldBy('MODEL_UNAVAILABLE');
  const status = () => toAccountStatus('default', governor.state);
  expect(status()).toMatchObject({
    hold: null,
    holds: [{ operation: VIDEO, code: 'MODEL_UNAVAILABLE', probing: false }],
  });
  expect(status().holds[0]?.nextProbeAt).toBe(new Date(nextTickAt(governor.state, governor.now) ?? 0).toISOString());
  expect(status().limit).toBeGreaterThan(0);
  governor.report(end('i', IMAGE, CREDITS));
  expect(status().hold?.code).toBe('INSUFFICIENT_CREDITS');
  expect(status().holds.map(({ operation }) => operation)).toEqual([null, VIDEO]);
});

describe('a batch with items of several operations', () => {
  const mixed = (governor: Governor, more: Partial<HolderReport> = {}) =>
    batch(governor, 'mixed', { wants: 50, blocked: { [VIDEO]: 20 }, ...more });

  test('keeps its permits, hears which operations are held and why, and has one permit more for the probe', () => {
    const governor = heldBy('MODEL_UNAVAILABLE').report(batch(new Governor(), 'mixed', { wants: 70, isNew: true }));
    governor.report(mixed(governor));
    const grant = governor.find('mixed')?.lastGrant;
    expect(grant).toMatchObject({ hold: null, heldOperations: { [VIDEO]: null }, probe: false });
    expect(grant?.operationHolds).toMatchObject([{ operation: VIDEO, code: 'MODEL_UNAVAILABLE', cause: 'it is down' }]);
    expect(grant?.permits).toBeGreaterThan(0);
    governor.passUntilTick();
    const probing = governor.find('mixed')?.lastGrant;
    expect(probing?.permits).toBe(grant?.permits);
    expect(getProbe(probing ?? {}, VIDEO)).not.toBeNull();
  });

  test('is told nothing by operation while none is held', () => {
    const governor = new Governor();
    governor.report(mixed(governor, { isNew: true, blocked: {} }));
    expect(governor.find('mixed')?.lastGrant).not.toHaveProperty('heldOperations');
    expect(governor.find('mixed')?.lastGrant).not.toHaveProperty('operationHolds');
  });

  test('is sent another number for each probe, so that a resume during a probe is not lost', () => {
    const governor = heldBy('MODEL_UNAVAILABLE').report(batch(new Governor(), 'mixed', { wants: 50, isNew: true }));
    governor.report(mixed(governor));
    governor.passUntilTick();
    const first = getProbe(governor.find('mixed')?.lastGrant ?? {}, VIDEO);
    governor.resume();
    governor.now += 10;
    governor.report(mixed(governor, { feedback: ofBatch(outage('MODEL_UNAVAILABLE'), VIDEO, true) }));
    const second = getProbe(governor.find('mixed')?.lastGrant ?? {}, VIDEO);
    expect([first, second]).not.toContain(null);
    expect(second).not.toBe(first);
  });

  test('that reports no such item any more leaves the probe to another', () => {
    const governor = heldBy('MODEL_UNAVAILABLE').report(batch(new Governor(), 'mixed', { wants: 50, isNew: true }));
    governor.report(mixed(governor));
    governor.report(batch(governor, 'other', { wants: 1, isNew: true, blocked: { [VIDEO]: 1 } }));
    governor.passUntilTick();
    const isProbing = (id: string) => getProbe(governor.find(id)?.lastGrant ?? {}, VIDEO) !== null;
    expect([isProbing('mixed'), isProbing('other')]).toEqual([true, false]);
    governor.report(mixed(governor, { blocked: {} }));
    expect([isProbing('mixed'), isProbing('other')]).toEqual([false, true]);
  });
});

test('a hold of the account and one of an operation end independently, and a probe of the account may probe both', () => {
  const governor = heldBy('MODEL_UNAVAILABLE').report(end('i', IMAGE, CREDITS));
  governor.ask('clip', true, false, VIDEO);
  // Only an item of the held operation is left. Its own probe is due, but the account is held.
  governor.passUntilTick();
  expect(governor.permitsOf('clip')).toBe(0);
  governor.resume();
  expect([governor.permitsOf('clip'), governor.isProbe('clip')]).toEqual([1, true]);
  governor.report(end('clip', VIDEO, COMPLETED));
  expect([governor.state.hold, governor.state.operationHolds]).toEqual([null, {}]);
});

test('items that wait for a held operation are no reason to believe that the limit is used', () => {
  const governor = heldBy('MODEL_UNAVAILABLE');
  for (let item = 0; item < 50; item += 1) governor.ask(`clip-${item}`, true, false, VIDEO);
  const { limit, waiting } = toAccountStatus('default', governor.state);
  for (let item = 0; item < limit; item += 1) expect(governor.ask(`image-${item}`, true)).toBe('granted');
  for (let item = 0; item < limit; item += 1) governor.report(end(`image-${item}`, IMAGE, COMPLETED));
  expect(toAccountStatus('default', governor.state)).toMatchObject({ limit, waiting });
  expect(waiting).toBe(50);
});
