/** A process that stood still does not know what was given up meanwhile. */
import { ProcessPauseWatch } from '../../../activities';
import { withIntervals } from '../../support/intervals';

const START = 1_000_000;
const SECOND = 1_000;

/** A clock that continues while the process does, or alone. */
async function watching(work: (clock: Clock, watch: ProcessPauseWatch) => void): Promise<void> {
  await withIntervals(async (pass) => {
    const clock = new Clock(pass);
    const watch = new ProcessPauseWatch(() => clock.at);
    work(clock, watch);
    watch.stop();
  });
}

class Clock {
  at = START;

  constructor(private readonly pass: (ms: number) => void) {}

  runs(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.at += SECOND;
      this.pass(SECOND);
    }
  }

  standsStill(seconds: number): void {
    this.at += seconds * SECOND;
  }
}

test('a process that runs has not stood still, however long it runs', () =>
  watching((clock, watch) => {
    clock.runs(60);
    expect(watch.isSince(START)).toBe(false);
  }));

test('a short stop is none: the beats come in time', () =>
  watching((clock, watch) => {
    clock.standsStill(5);
    clock.runs(1);
    expect(watch.isSince(START)).toBe(false);
  }));

test('a long stop is noticed by the first that asks', () =>
  watching((clock, watch) => {
    clock.runs(3);
    clock.standsStill(8);
    expect(watch.isSince(START)).toBe(true);
  }));

test('a long stop is noticed though the watch has woken before', () =>
  watching((clock, watch) => {
    clock.standsStill(20);
    clock.runs(10);
    expect(watch.isSince(START)).toBe(true);
  }));

test('what was handed out during the stop is begun a moment after it; what is begun later is new', () =>
  watching((clock, watch) => {
    clock.standsStill(20);
    clock.runs(2);
    expect(watch.isSince(clock.at)).toBe(true);
    clock.runs(2);
    expect(watch.isSince(clock.at)).toBe(false);
  }));
