import { describe, expect, it } from 'vitest';
import { boardOf } from '#lundong/domain/price-limit.js';
import { readCsvPanel } from '../support/csv-panel.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const FILE = ['data', 'a_share_hfq_close_2022_2024.csv.gz'];

/** Vendors' factors are rounded: ratios of adjusted prices are good to this. */
const ROUNDING = 2e-5;
/** One cent on a price of three yuan or more is a move below this. */
const NEAR = 0.003;

describe.skipIf(!sharedDataAvailable(...FILE))('closes at the limit, 2022 to 2024', () => {
  it('lie on both sides of 20 % on ChiNext and STAR, and on the near side of 30 % in Beijing', () => {
    const { codes, dates, values } = readCsvPanel(sharedPath(...FILE));
    const count = { wide: [0, 0], beijing: [0, 0], beijingDown: [0, 0] };
    codes.forEach((code, column) => {
      const board = boardOf(code);
      if (board === null || board === 'MAIN') return;
      const [sides, limit] = board === 'BEIJING' ? [count.beijing, 0.3] : [count.wide, 0.2];
      for (let row = 1; row < dates.length; row++) {
        const change = values[row * codes.length + column] / values[(row - 1) * codes.length + column] - 1;
        if (Math.abs(change - limit) < NEAR && Math.abs(change - limit) > ROUNDING) sides[change < limit ? 0 : 1]++;
        const fall = change + limit;
        if (board === 'BEIJING' && Math.abs(fall) < NEAR && Math.abs(fall) > ROUNDING)
          count.beijingDown[fall > 0 ? 0 : 1]++;
      }
    });
    const share = ([below, above]: number[]) => above / (below + above);
    console.log(
      `Closes near the limit, below and above it: 20 % ${count.wide}, Beijing ${count.beijing}; inside and beyond its lower limit ${count.beijingDown}`,
    );
    // Rounding to the nearest cent goes over the limit half the time; cutting off never does, but for stray moves.
    expect(share(count.wide)).toBeGreaterThan(0.45);
    expect(share(count.wide)).toBeLessThan(0.55);
    expect(share(count.beijing)).toBeLessThan(0.05);
    expect(count.beijing[0]).toBeGreaterThan(300);
  });
});
