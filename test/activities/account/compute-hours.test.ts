/** The clock of a time zone says when an account is open, also where clocks are changed. */
import { computeHours } from '../../../activities/account/compute-hours';

const DAY_MS = 86_400_000;

function open(windows: readonly string[], timezone: string, from: string): readonly string[] {
  const { spans } = computeHours({ windows, timezone }, Date.parse(from));
  return spans.map((span) => `${new Date(span.from).toISOString()} ${(span.to - span.from) / 60_000}`);
}

test('windows are by the clock of the zone, over midnight too, and overlapping ones are one', () => {
  expect(open(['22:00-06:00'], 'Europe/Berlin', '2026-01-10T12:00:30Z').slice(0, 2)).toEqual([
    '2026-01-10T21:00:00.000Z 480',
    '2026-01-11T21:00:00.000Z 480',
  ]);
  expect(open(['08:00-12:00', '11:00-13:00', '18:00-24:00'], 'UTC', '2026-01-10T00:00:00Z').slice(0, 2)).toEqual([
    '2026-01-10T08:00:00.000Z 300',
    '2026-01-10T18:00:00.000Z 360',
  ]);
});

test('eight days are known, and a window of a whole day does not end within them', () => {
  const { spans, knownUntil } = computeHours({ windows: ['00:00-24:00'], timezone: 'UTC' }, 0);
  expect(knownUntil).toBe(8 * DAY_MS);
  expect(spans).toEqual([{ from: 0, to: knownUntil }]);
});

test('an hour that the clocks repeat is open twice, and one that they skip is not open', () => {
  expect(open(['02:15-02:45'], 'Europe/Berlin', '2026-10-24T12:00:00Z').slice(0, 3)).toEqual([
    '2026-10-25T00:15:00.000Z 30',
    '2026-10-25T01:15:00.000Z 30',
    '2026-10-26T01:15:00.000Z 30',
  ]);
  expect(open(['02:15-02:45'], 'Europe/Berlin', '2026-03-28T12:00:00Z')[0]).toBe('2026-03-30T00:15:00.000Z 30');
  // A night is an hour longer or shorter.
  expect(open(['22:00-06:00'], 'Europe/Berlin', '2026-10-24T12:00:00Z')[0]).toBe('2026-10-24T20:00:00.000Z 540');
  expect(open(['22:00-06:00'], 'Europe/Berlin', '2026-03-28T12:00:00Z')[0]).toBe('2026-03-28T21:00:00.000Z 420');
});

test('a time zone that does not exist is refused', () => {
  expect(() => computeHours({ windows: ['22:00-06:00'], timezone: 'Europe/Bielefeld' }, 0)).toThrow(
    'timezone is "Europe/Bielefeld"; must be a name of the IANA database',
  );
});
