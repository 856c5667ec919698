import { indexName } from '../../domain/broad-index.js';
import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import { type LevelCrossing, levelCrossings } from '../../domain/round-level.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';
import type { FlashMoment } from './flash-moment.js';

/** A round level that an index rose through. */
export interface IndexCrossing extends LevelCrossing {
  /** Code of the index. */
  readonly index: string;
  readonly nameZh: string;
  readonly nameEn: string;
}

const DATASET = 'index_daily';

/** Round levels crossed by the moment, by index code, from the lowest up; and what must be said beside them. */
export async function indexCrossings(
  market: Market,
  { date, knownTo, session }: FlashMoment,
): Promise<{ crossings: IndexCrossing[]; notes: string[] }> {
  const crossings: IndexCrossing[] = [];
  const seen = new Set<string>();
  const notes: string[] = [];
  for (const series of market.series(DATASET)) {
    const panel = await series.panel(['close', 'high']);
    const last = panel.row(knownTo);
    if (last === null) continue;
    for (const code of panel.codes) {
      const quote = session?.quotes.get(code) ?? null;
      if (seen.has(code) || panel.value('close', code, knownTo) === null) continue;
      if (session !== null && quote === null) continue;
      seen.add(code);
      const extra = quote === null ? [] : [{ date, close: quote.last, high: quote.high }];
      const { nameZh, nameEn } = indexName(code) ?? { nameZh: code, nameEn: code };
      const found = levelCrossings(barsOf(panel, code, last, extra));
      crossings.push(...found.map((crossing) => ({ ...crossing, index: code, nameZh, nameEn })));
      if (quote === null && found.length > 0 && panel.value('high', code, knownTo) === null)
        notes.push(`${code} has no high on ${date}: its close stands in, and a level touched only may be missing`);
    }
  }
  if (seen.size === 0)
    notes.push(
      session === null ? `no levels: ${DATASET} has no closes of ${date}` : 'no levels: the minute bars hold no index',
    );
  crossings.sort((a, b) => (a.index < b.index ? -1 : a.index > b.index ? 1 : a.level - b.level));
  return { crossings, notes };
}

function barsOf(
  panel: DailyPanel,
  code: string,
  lastRow: number,
  extra: readonly { date: LocalDate; close: number; high: number }[],
) {
  const column = panel.column(code) as number;
  const width = panel.codes.length;
  const upTo = (figure: string, more: readonly number[]): Float64Array => {
    const values = panel.matrix(figure);
    const known = Array.from({ length: lastRow + 1 }, (_, row) => values[row * width + column] as number);
    return Float64Array.from([...known, ...more]);
  };
  const dates = Array.from(panel.days.subarray(0, lastRow + 1), fromDayNumber);
  return {
    dates: [...dates, ...extra.map((bar) => bar.date)],
    closes: upTo(
      'close',
      extra.map((bar) => bar.close),
    ),
    highs: upTo(
      'high',
      extra.map((bar) => bar.high),
    ),
  };
}
