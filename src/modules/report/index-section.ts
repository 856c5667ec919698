import { indexName } from '../../domain/broad-index.js';
import type { LocalDate } from '../../domain/local-date.js';
import { provenanceNote } from '../../domain/price-series.js';
import { levelsBetween, nextLevel } from '../../domain/round-level.js';
import { chooseSeries } from '../../lake/choose-series.js';
import type { Market } from '../../lake/market.js';

/** A broad index at the end of a week. */
export interface IndexReturn {
  readonly code: string;
  readonly nameZh: string;
  readonly nameEn: string;
  /** Index points. */
  readonly close: number;
  /** Fractions; null where the close they start from is missing. */
  readonly weekReturn: number | null;
  readonly yearReturn: number | null;
  /** Round levels between the close of the week before and this one, ascending: risen or fallen through. */
  readonly levelsCrossed: readonly number[];
  readonly nextLevel: number;
  /** nextLevel / close − 1, a fraction. */
  readonly gapToNextLevel: number;
}

export interface IndexSection {
  readonly indices: readonly IndexReturn[];
  readonly notes: readonly string[];
}

const DATASET = 'index_daily';

/**
 * Week and year of the broad indices that market reports name, by code; each index's closes from one series.
 *
 * @param previous last trading day of the week before
 */
export async function indexSection(market: Market, date: LocalDate, previous: LocalDate): Promise<IndexSection> {
  const year = market.calendar.baseOf('YEAR', date);
  const panels = await Promise.all(market.series(DATASET).map((series) => series.closes()));
  const codes = [...new Set(panels.flatMap((panel) => panel.codes.filter((code) => panel.close(code, date) !== null)))];
  const indices: IndexReturn[] = [];
  const notes = new Set<string>();
  for (const code of codes.sort()) {
    const name = indexName(code);
    if (name === null) continue;
    const dates = [...new Set([year, previous, date])].sort();
    const chosen = await chooseSeries(market, DATASET, [code], dates, date);
    if (chosen === null) continue;
    const close = chosen.panel.close(code, date) as number;
    const [week, start] = [chosen.panel.close(code, previous), chosen.panel.close(code, year)];
    const next = nextLevel(close);
    indices.push({
      code,
      ...name,
      close,
      weekReturn: week === null ? null : close / week - 1,
      yearReturn: start === null ? null : close / start - 1,
      levelsCrossed: week === null ? [] : levelsBetween(week, close),
      nextLevel: next.level,
      gapToNextLevel: next.gap,
    });
    notes.add(provenanceNote(chosen.series));
    if (week === null) notes.add(`${code} has no week change: there is no close of ${previous}`);
    if (start === null) notes.add(`${code} has no year change: there is no close of ${year}`);
  }
  if (indices.length === 0) notes.add(`no indices: ${DATASET} has no close of a broad index on ${date}`);
  return { indices, notes: [...notes] };
}
