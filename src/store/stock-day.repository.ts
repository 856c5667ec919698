import type { EntityManager } from 'typeorm';
import type { LocalDate } from '../domain/local-date.js';
import type { DayFigures } from '../domain/stock-day-figures.js';

/** What stored figures mean and which bars they were computed from. */
export interface StockDayIdentity {
  readonly spec: string;
  readonly specVersion: number;
  readonly seriesId: number;
}

/** A day of 5,000 stocks has half a megabyte: more of them at once would hold the event loop as they arrive. */
const DAYS_AT_ONCE = 4;

/** Stored figures of the given dates, but only as long as the data still have the version that is asked about. */
export async function readStockDays(
  manager: EntityManager,
  identity: StockDayIdentity,
  dates: readonly LocalDate[],
  dataVersion: number,
): Promise<DayFigures[]> {
  const days: DayFigures[] = [];
  let known: { readonly text: string; readonly codes: readonly string[] } = { text: '', codes: [] };
  for (let start = 0; start < dates.length; start += DAYS_AT_ONCE) {
    const rows = await readRows(manager, identity, dates.slice(start, start + DAYS_AT_ONCE), dataVersion);
    for (const { date, codes: text, figures } of rows) {
      // Days with the same stocks share one list: it is made once and compared by identity.
      if (text !== known.text) known = { text, codes: text.split(' ') };
      days.push({ date, codes: known.codes, figures: asDoubles(figures) });
    }
  }
  return days;
}

function readRows(
  manager: EntityManager,
  { spec, specVersion, seriesId }: StockDayIdentity,
  dates: readonly LocalDate[],
  dataVersion: number,
): Promise<{ date: LocalDate; codes: string; figures: Buffer }[]> {
  // The version is read in the same statement, hence on the same snapshot, as the figures.
  return manager.query(
    `SELECT date, codes, figures FROM stock_day
     WHERE spec = $1 AND spec_version = $2 AND series_id = $3 AND date = ANY($4::date[])
       AND (SELECT data_version FROM market_state) = $5
     ORDER BY date`,
    [spec, specVersion, seriesId, dates, dataVersion],
  );
}

/** Small buffers lie somewhere in memory that they share; large ones have their own, which need not be copied. */
function asDoubles({ buffer, byteOffset, byteLength }: Buffer): Float64Array {
  return byteLength === buffer.byteLength
    ? new Float64Array(buffer)
    : new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/**
 * Stores figures computed on `dataVersion`; does nothing where the data have moved on, or are about to: an import holds
 * the row of the version until it commits, and waiting for it would only be to find the figures stale.
 */
export async function storeStockDay(
  manager: EntityManager,
  { spec, specVersion, seriesId }: StockDayIdentity,
  { date, codes, figures }: DayFigures,
  dataVersion: number,
): Promise<void> {
  await manager.query(
    `INSERT INTO stock_day (spec, spec_version, series_id, date, codes, figures)
     SELECT $1, $2, $3, $4, $5, $6 FROM market_state WHERE data_version = $7 FOR SHARE SKIP LOCKED
     ON CONFLICT DO NOTHING`,
    [
      spec,
      specVersion,
      seriesId,
      date,
      codes.join(' '),
      Buffer.from(figures.buffer, figures.byteOffset, figures.byteLength),
      dataVersion,
    ],
  );
}

/** Forgets the figures of the given dates, and all that mean something else than the given spec and version. */
export async function deleteStockDays(
  manager: EntityManager,
  { spec, specVersion, seriesId }: StockDayIdentity,
  dates: readonly LocalDate[],
): Promise<void> {
  await manager.query(
    `DELETE FROM stock_day
     WHERE (series_id = $3 AND date = ANY($4::date[])) OR (spec, spec_version) <> ($1, $2::smallint)`,
    [spec, specVersion, seriesId, dates],
  );
}
