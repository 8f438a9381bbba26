/** What a page tells besides its outcomes, and when. */

import { PageFeedback, type PageSnapshot } from '../../../workflows/domain/batch/page-feedback';
import type { PageGrant } from '../../../workflows/domain/batch/page-protocol';
import { markAsProbe, NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { NO_PACING } from '../../../workflows/domain/leases/lease';
import { NO_BUDGET } from '../../../workflows/domain/money/spending';

const REFUSED: ProviderFeedback = { ...NO_FEEDBACK, refusals: { ...NO_FEEDBACK.refusals, concurrency: 1 } };

class TestPage {
  snapshot: PageSnapshot = {
    grant: grant(1),
    held: 2,
    inFlight: 2,
    scheduled: 0,
    isSaturated: false,
    needsFunds: false,
    blocked: {},
    openCost: 0,
  };
  readonly feedback = new PageFeedback(() => this.snapshot);

  /** A change of what is seen. */
  see(change: Partial<PageSnapshot>): this {
    this.snapshot = { ...this.snapshot, ...change };
    return this;
  }

  order(number: number, permits: number): this {
    const { grant: before } = this.snapshot;
    this.see({ grant: grant(number, permits) });
    this.feedback.onGrant(before);
    return this;
  }

  /** What is told at once, `null` if nothing is. */
  takeIfUrgent() {
    return this.feedback.isUrgent() ? this.feedback.take(7) : null;
  }
}

function grant(number: number, permits = 4): PageGrant {
  return { ...NO_PACING, paceChange: number, number, permits, stop: false, allowance: NO_BUDGET };
}

test('ordinary life is not urgent, and is reported with the next report, once', () => {
  const testPage = new TestPage();
  testPage.feedback.add({ ...NO_FEEDBACK, accepted: 1 });
  testPage.feedback.add({ ...NO_FEEDBACK, completed: 1 });
  expect(testPage.takeIfUrgent()).toBeNull();
  expect(testPage.feedback.take(7)).toEqual({
    part: 7,
    grantSeen: 1,
    held: 2,
    inFlight: 2,
    scheduled: 0,
    unanswered: 0,
    needsFunds: false,
    paceSeen: 1,
    feedback: { ...NO_FEEDBACK, accepted: 1, completed: 1 },
  });
  expect(testPage.feedback.take(7).feedback).toEqual(NO_FEEDBACK);
});

test('submissions that have no answer yet are reported, but not those that wait for their turn', () => {
  const testPage = new TestPage().see({ held: 7, inFlight: 3, scheduled: 1 });
  expect(testPage.feedback.take(7)).toMatchObject({ held: 7, inFlight: 3, scheduled: 1, unanswered: 3 });
});

test('a refusal is reported at once, with the pace that was known when the oldest of them was met', () => {
  const testPage = new TestPage();
  testPage.feedback.add(REFUSED);
  testPage.order(5, 4);
  testPage.feedback.add(REFUSED);
  expect(testPage.takeIfUrgent()).toMatchObject({
    paceSeen: 1,
    grantSeen: 5,
    feedback: { refusals: { concurrency: 2 } },
  });
  testPage.feedback.add(REFUSED);
  expect(testPage.takeIfUrgent()).toMatchObject({ paceSeen: 5 });
});

test('what a probe meets is reported at once, what was in progress before it with the next report', () => {
  const testPage = new TestPage();
  testPage.see({ grant: { ...grant(2, 1), probe: true } });
  testPage.feedback.add({ ...NO_FEEDBACK, completed: 1 });
  expect(testPage.takeIfUrgent()).toBeNull();
  testPage.feedback.add(markAsProbe({ ...NO_FEEDBACK, accepted: 1 }));
  expect(testPage.takeIfUrgent()).toMatchObject({
    feedback: { accepted: 1, completed: 1, ofProbe: { accepted: 1, completed: 0 } },
  });
});

test('that all permits are in flight is reported once for each grant, even if it was over before it was reported', () => {
  const testPage = new TestPage().see({ isSaturated: true, inFlight: 4, held: 4 });
  expect(testPage.takeIfUrgent()).toMatchObject({ feedback: { saturated: true } });
  expect(testPage.takeIfUrgent()).toBeNull();
  testPage.order(2, 4);
  testPage.feedback.add({ ...NO_FEEDBACK, accepted: 1 });
  testPage.see({ isSaturated: false });
  expect(testPage.takeIfUrgent()).toMatchObject({ grantSeen: 2, feedback: { saturated: true } });
});

test('permits that are given out but not accepted yet do not fill a page', () => {
  expect(new TestPage().see({ isSaturated: true, inFlight: 3, held: 4 }).takeIfUrgent()).toBeNull();
});

test('permits that only wait for their turn by the rate do: a rate must not keep a window small', () => {
  const testPage = new TestPage().see({ isSaturated: true, inFlight: 3, scheduled: 1, held: 4 });
  expect(testPage.takeIfUrgent()).toMatchObject({ inFlight: 3, scheduled: 1, feedback: { saturated: true } });
});

test('while the window climbs, as many accepted as were requested are reported at once', () => {
  const testPage = new TestPage();
  testPage.see({ grant: { ...grant(2), reportAfter: 3 } });
  testPage.feedback.add({ ...NO_FEEDBACK, accepted: 2 });
  expect(testPage.takeIfUrgent()).toBeNull();
  testPage.feedback.add({ ...NO_FEEDBACK, accepted: 1 });
  expect(testPage.takeIfUrgent()).toMatchObject({ feedback: { accepted: 3 } });
});

test('a grant forgets that the one before was filled', () => {
  const testPage = new TestPage().see({ isSaturated: true, inFlight: 4, held: 4 });
  testPage.feedback.add({ ...NO_FEEDBACK, accepted: 1 });
  testPage.see({ isSaturated: false }).order(2, 8);
  expect(testPage.takeIfUrgent()).toBeNull();
});

test('what was taken back is reported when its jobs have ended, and not before', () => {
  const testPage = new TestPage().see({ held: 4, inFlight: 4 }).order(2, 1);
  expect(testPage.takeIfUrgent()).toBeNull();
  expect(testPage.see({ held: 2 }).takeIfUrgent()).toBeNull();
  expect(testPage.see({ held: 1, inFlight: 1 }).takeIfUrgent()).toMatchObject({ held: 1, grantSeen: 2 });
  expect(testPage.takeIfUrgent()).toBeNull();
});

test('that it cannot pay is reported once for each grant, and so is that it can again', () => {
  const testPage = new TestPage().see({ held: 0, inFlight: 0, needsFunds: true });
  expect(testPage.takeIfUrgent()).toMatchObject({ needsFunds: true });
  expect(testPage.takeIfUrgent()).toBeNull();
  expect(testPage.see({ needsFunds: false }).takeIfUrgent()).toMatchObject({ needsFunds: false });
  expect(testPage.takeIfUrgent()).toBeNull();
  expect(testPage.see({ needsFunds: true }).order(2, 4).takeIfUrgent()).toMatchObject({
    needsFunds: true,
    grantSeen: 2,
  });
});
