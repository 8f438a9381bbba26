/** What a page tells besides its outcomes, and when. */
import type { Orders } from '../../../workflows/domain/batch/batch-schedule';
import { PageNews, type PageSight } from '../../../workflows/domain/batch/page-feedback';
import { markAsProbe, type News, NO_NEWS } from '../../../workflows/domain/leases/feedback';
import { NO_BUDGET } from '../../../workflows/domain/money/spending';

const REFUSED: News = { ...NO_NEWS, refusals: { ...NO_NEWS.refusals, concurrency: 1 } };

class Desk {
  sight: PageSight = { orders: orders(1), held: 2, inFlight: 2, parked: 0, isFull: false, isStarved: false };
  readonly news = new PageNews(() => this.sight);

  /** A change of what is seen. */
  see(change: Partial<PageSight>): this {
    this.sight = { ...this.sight, ...change };
    return this;
  }

  order(number: number, permits: number): this {
    const { orders: before } = this.sight;
    this.see({ orders: orders(number, permits) });
    this.news.ordered(before);
    return this;
  }

  /** What is told at once, `null` if nothing is. */
  told() {
    return this.news.isUrgent() ? this.news.take(7) : null;
  }
}

function orders(number: number, permits = 4): Orders {
  const pacing = { restUntil: null, paceChange: number, probe: false, spacingMs: null };
  return { number, permits, stop: false, allowance: NO_BUDGET, pacing };
}

test('ordinary life is not urgent, and is told with the next report, once', () => {
  const desk = new Desk();
  desk.news.hear({ ...NO_NEWS, accepted: 1 });
  desk.news.hear({ ...NO_NEWS, completed: 1 });
  expect(desk.told()).toBeNull();
  expect(desk.news.take(7)).toEqual({
    part: 7,
    number: 1,
    held: 2,
    inFlight: 2,
    starved: false,
    paceKnew: 1,
    news: { ...NO_NEWS, accepted: 1, completed: 1 },
  });
  expect(desk.news.take(7).news).toEqual(NO_NEWS);
});

test('submissions that have no answer yet are told, but not those that wait for their turn', () => {
  const desk = new Desk().see({ held: 7, inFlight: 3, parked: 1 });
  expect(desk.news.take(7)).toMatchObject({ held: 7, inFlight: 3, parked: 1, unanswered: 3 });
});

test('a refusal is told at once, with the pace that was known when the oldest of them was met', () => {
  const desk = new Desk();
  desk.news.hear(REFUSED);
  desk.order(5, 4);
  desk.news.hear(REFUSED);
  expect(desk.told()).toMatchObject({ paceKnew: 1, number: 5, news: { refusals: { concurrency: 2 } } });
  desk.news.hear(REFUSED);
  expect(desk.told()).toMatchObject({ paceKnew: 5 });
});

test('what a probe meets is told at once, what was under way before it with the next report', () => {
  const desk = new Desk();
  desk.see({ orders: { ...orders(2, 1), pacing: { ...orders(2).pacing, probe: true } } });
  desk.news.hear({ ...NO_NEWS, completed: 1 });
  expect(desk.told()).toBeNull();
  desk.news.hear(markAsProbe({ ...NO_NEWS, accepted: 1 }));
  expect(desk.told()).toMatchObject({ news: { accepted: 1, completed: 1, ofProbe: { accepted: 1, completed: 0 } } });
});

test('that all permits are in flight is told once for each orders, even if it was over before it was told', () => {
  const desk = new Desk().see({ isFull: true, inFlight: 4, held: 4 });
  expect(desk.told()).toMatchObject({ news: { full: true } });
  expect(desk.told()).toBeNull();
  desk.order(2, 4);
  desk.news.hear({ ...NO_NEWS, accepted: 1 });
  desk.see({ isFull: false });
  expect(desk.told()).toMatchObject({ number: 2, news: { full: true } });
});

test('permits that are given out but not accepted yet do not fill a page', () => {
  expect(new Desk().see({ isFull: true, inFlight: 3, held: 4 }).told()).toBeNull();
});

test('permits that only wait for their turn by the rate do: a rate must not keep a window small', () => {
  const desk = new Desk().see({ isFull: true, inFlight: 3, parked: 1, held: 4 });
  expect(desk.told()).toMatchObject({ inFlight: 3, parked: 1, news: { full: true } });
});

test('while the window climbs, as many accepted as were asked for are told at once', () => {
  const desk = new Desk();
  desk.see({ orders: { ...orders(2), pacing: { ...orders(2).pacing, tellAfter: 3 } } });
  desk.news.hear({ ...NO_NEWS, accepted: 2 });
  expect(desk.told()).toBeNull();
  desk.news.hear({ ...NO_NEWS, accepted: 1 });
  expect(desk.told()).toMatchObject({ news: { accepted: 3 } });
});

test('orders forget that the ones before were filled', () => {
  const desk = new Desk().see({ isFull: true, inFlight: 4, held: 4 });
  desk.news.hear({ ...NO_NEWS, accepted: 1 });
  desk.see({ isFull: false }).order(2, 8);
  expect(desk.told()).toBeNull();
});

test('what was taken back is told when its jobs have ended, and not before', () => {
  const desk = new Desk().see({ held: 4, inFlight: 4 }).order(2, 1);
  expect(desk.told()).toBeNull();
  expect(desk.see({ held: 2 }).told()).toBeNull();
  expect(desk.see({ held: 1, inFlight: 1 }).told()).toMatchObject({ held: 1, number: 2 });
  expect(desk.told()).toBeNull();
});

test('that it cannot pay is told once for each orders, and so is that it can again', () => {
  const desk = new Desk().see({ held: 0, inFlight: 0, isStarved: true });
  expect(desk.told()).toMatchObject({ starved: true });
  expect(desk.told()).toBeNull();
  expect(desk.see({ isStarved: false }).told()).toMatchObject({ starved: false });
  expect(desk.told()).toBeNull();
  expect(desk.see({ isStarved: true }).order(2, 4).told()).toMatchObject({ starved: true, number: 2 });
});
