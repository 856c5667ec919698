import type { LocalDate } from '../domain/local-date.js';
import type { DailyPanel } from './daily-panel.js';

const WHOLE = 'ALL';
/** Margin trading in Beijing began in 2023: it counts from its first figure on. */
const EXCHANGES = ['SSE', 'SZSE', 'BSE'] as const;

/**
 * Whether a day's figure is what the series says of all exchanges together, and not their sum. The two need not cover the
 * same exchanges and accounts: only days of one kind can be compared.
 */
export function isToldTogether(panel: DailyPanel, figure: string, date: LocalDate): boolean {
  return panel.value(figure, WHOLE, date) !== null;
}

/**
 * A figure of the whole market by row of a panel of `margin_market`: what the series says of all exchanges together,
 * else the sum of the exchanges, where none is missing that had a figure before (Shanghai and Shenzhen always count).
 *
 * @param figure an amount of money; a ratio has no sum, and is what the series says of all together
 * @returns yuan, NaN where there is none
 */
export function wholeMarket(panel: DailyPanel, figure: string): Float64Array {
  const values = panel.matrix(figure);
  const width = panel.codes.length;
  const at = (row: number, code: string): number => {
    const column = panel.column(code);
    return column === null ? Number.NaN : (values[row * width + column] as number);
  };
  let beijing = false;
  return Float64Array.from(panel.days, (_, row) => {
    const parts = EXCHANGES.map((exchange) => at(row, exchange));
    beijing ||= !Number.isNaN(parts[2] as number);
    const whole = at(row, WHOLE);
    if (!Number.isNaN(whole) || figure === 'maintenance_ratio') return whole;
    return parts.slice(0, beijing ? 3 : 2).reduce((sum, part) => sum + part, 0);
  });
}
