import { describe, expect, it } from 'vitest';
import {
  AMOUNT_DAYS,
  EX_RIGHT_DAYS,
  FEATURE_SPEC,
  FEATURES,
  FEWEST_AMOUNT_DAYS,
  FEWEST_STOCKS,
  FEWEST_WINDOW_DAYS,
  LOOK_BACK_DAYS,
  PREVIOUS_CLOSE_DAYS,
  WINDOW_DAYS,
} from '#lundong/domain/intraday-features.js';
import { STOCK_DAY_FIGURES } from '#lundong/domain/stock-day-figures.js';
import { ARRAY_FILES } from '#lundong/engines/gru/feature-arrays.js';
import { readMarkdown } from './markdown.js';

const { text } = readMarkdown('docs/features.md');

/** The first column of the table under a heading of the column. */
function firstColumn(heading: string): string[] {
  const table = text.split('\n\n').find((part) => new RegExp(`^\\| ${heading} `).test(part)) ?? '';
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name as string);
}

describe('docs/features.md', () => {
  it('names figures and features as the code does, in the same order', () => {
    expect(firstColumn('figure')).toEqual(STOCK_DAY_FIGURES);
    expect(firstColumn('feature')).toEqual(FEATURES);
    expect(firstColumn('file')).toEqual([...ARRAY_FILES, 'index.json']);
    expect(text).toContain(`\`${FEATURE_SPEC}\``);
  });

  it('says the numbers that the code uses', () => {
    const plain = text.replace(/\s+/g, ' ');
    for (const said of [
      `stocks × ${WINDOW_DAYS} trading days, the oldest first and t last × ${FEATURES.length} features`,
      `bars on t and on at least ${FEWEST_WINDOW_DAYS} of the ${WINDOW_DAYS} days`,
      `fewer than ${FEWEST_STOCKS} stocks have bars has no features`,
      `mean amount of the ${AMOUNT_DAYS} trading days before t`,
      `needs at least ${FEWEST_AMOUNT_DAYS} of the ${AMOUNT_DAYS} days`,
      `each of the stock's last ${EX_RIGHT_DAYS} days with bars`,
      `at most ${PREVIOUS_CLOSE_DAYS} trading days back`,
      `d … d + ${LOOK_BACK_DAYS + WINDOW_DAYS - 1} trading days (${LOOK_BACK_DAYS} + ${WINDOW_DAYS} − 1)`,
      `d … d + ${PREVIOUS_CLOSE_DAYS + WINDOW_DAYS - 1} trading days (${PREVIOUS_CLOSE_DAYS} + ${WINDOW_DAYS} − 1)`,
    ])
      expect(plain).toContain(said);
  });
});
