import { expect, it } from 'vitest';
import { fromShanghai, toShanghai } from '#lundong/domain/shanghai-time.js';

it.each([
  ['2025-11-06T02:08:59.999Z', '2025-11-06', 10 * 60 + 8],
  ['2025-11-06T15:59:00Z', '2025-11-06', 23 * 60 + 59],
  ['2025-11-06T16:00:00Z', '2025-11-07', 0],
  ['2025-12-31T16:00:00Z', '2026-01-01', 0],
  ['1969-12-31T16:00:00Z', '1970-01-01', 0],
  ['1969-12-31T15:59:59Z', '1969-12-31', 23 * 60 + 59],
])('%s is %s, minute %d, in Shanghai', (moment, date, minute) => {
  expect(toShanghai(new Date(moment))).toEqual({ date, minute });
  const back = fromShanghai(toShanghai(new Date(moment)));
  expect(back.getTime()).toBe(Math.floor(Date.parse(moment) / 60_000) * 60_000);
});
