/** The clock that the suite sets wrong: however it is read, it tells the same. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { jumpOnSignal } from '../../bench/chaos/jumping-clock';
import { tempFolder } from '../support/temp-folder';

const HOUR = 3_600_000;
const RealDate = Date;

afterEach(() => {
  globalThis.Date = RealDate;
});

test('it jumps on a signal, explicit dates stay, and dates are dates', () => {
  const order = path.join(tempFolder(), 'clock');
  writeFileSync(order, String(-HOUR));
  jumpOnSignal(order);
  expect(Math.abs(Date.now() - RealDate.now())).toBeLessThan(1_000);
  // The process of a test has listeners of its own, which no real signal reaches.
  process.emit('SIGUSR2');
  expect(Math.abs(Date.now() - (RealDate.now() - HOUR))).toBeLessThan(1_000);
  const read = new Date();
  expect(Math.abs(read.getTime() - Date.now())).toBeLessThan(1_000);
  expect(new Date(7).getTime()).toBe(7);
  expect(new Date() instanceof Date && new RealDate() instanceof Date).toBe(true);
});
