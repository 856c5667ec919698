import { type EntityManager, In } from 'typeorm';
import { LundongError } from '../domain/errors.js';
import type { Industry } from '../domain/industry.js';
import type { DayNumber, LocalDate } from '../domain/local-date.js';
import type { HistoryDifference, MembershipRow } from '../domain/membership-history.js';
import type { PriceSeriesKey } from '../domain/price-series.js';
import { ImportLogEntity } from './entities/import-log.entity.js';
import { IndustryEntity } from './entities/industry.entity.js';
import { PriceSeriesEntity } from './entities/price-series.entity.js';
import { TradingDayEntity } from './entities/trading-day.entity.js';
import { DATA_VERSION_CHANNEL } from './store.js';

/** Everything that importers and readers ask of the market data in PostgreSQL. */

export interface ReferenceData {
  readonly tradingDays: LocalDate[];
  readonly industries: ReadonlyMap<string, Industry>;
}

export async function loadReferenceData(manager: EntityManager): Promise<ReferenceData> {
  const days: { date: LocalDate }[] = await manager.query('SELECT date FROM trading_day ORDER BY date');
  const industries = await manager.find(IndustryEntity, { order: { code: 'ASC' } });
  return {
    tradingDays: days.map((day) => day.date),
    industries: new Map(industries.map((industry) => [industry.code, industry])),
  };
}

/** As one JSON text: making an entity of each of tens of thousands of rows held the event loop for 100 ms. */
export async function loadMemberships(manager: EntityManager): Promise<MembershipRow[]> {
  const [{ memberships }] = await manager.query(`
    SELECT coalesce(json_agg(row ORDER BY "industryCode", "stockCode", "inDate")::text, '[]') AS memberships FROM (
      SELECT industry_code AS "industryCode", stock_code AS "stockCode", in_date AS "inDate", out_date AS "outDate",
        known_on AS "knownOn", stock_name AS "stockName", weight, kind
      FROM membership
    ) row`);
  return JSON.parse(memberships);
}

/** A file of the manifest; see lake_file. */
export interface ManifestFile {
  readonly period: number;
  readonly path: string;
  readonly rows: number;
  readonly days: readonly DayNumber[];
}

export interface ManifestSeries extends PriceSeriesKey {
  readonly id: number;
  /** In the order of their periods. */
  readonly files: readonly ManifestFile[];
}

/** Every series by id. As one JSON text, for the same reason as the memberships: minute bars have a file a day. */
export async function loadSeries(manager: EntityManager): Promise<ManifestSeries[]> {
  const [{ series }] = await manager.query(`
    SELECT coalesce(json_agg(row ORDER BY id)::text, '[]') AS series FROM (
      SELECT id, dataset, source, adjustment, bar_minutes AS "barMinutes", coalesce(files, '[]') AS files
      FROM price_series LEFT JOIN (
        SELECT series_id, json_agg(json_build_object('period', period, 'path', path, 'rows', rows, 'days', days) ORDER BY period) AS files
        FROM lake_file GROUP BY series_id
      ) file ON series_id = id
    ) row`);
  return JSON.parse(series);
}

export async function findSeries(manager: EntityManager, key: PriceSeriesKey): Promise<ManifestSeries | null> {
  const found = (await loadSeries(manager)).find(
    (one) =>
      one.dataset === key.dataset &&
      one.source === key.source &&
      one.adjustment === key.adjustment &&
      one.barMinutes === key.barMinutes,
  );
  return found ?? null;
}

export async function dataVersion(manager: EntityManager): Promise<number> {
  return (await marketState(manager)).dataVersion;
}

/** `lakeId` names the folder of the lake that belongs to this database. */
export async function marketState(manager: EntityManager): Promise<{ dataVersion: number; lakeId: string }> {
  const [state] = await manager.query('SELECT data_version, lake_id FROM market_state');
  return { dataVersion: state.data_version, lakeId: state.lake_id };
}

/** When each data set last changed. */
export async function lastImports(manager: EntityManager): Promise<Map<string, Date>> {
  const found: { dataset: string; at: Date }[] = await manager.query(
    'SELECT dataset, max(finished_at) AS at FROM import_log GROUP BY dataset',
  );
  return new Map(found.map((row) => [row.dataset, row.at]));
}

/**
 * Raises the version and, once the transaction commits, tells every process. The row stays locked until then, so that
 * a value computed on the old version cannot be stored beside the new data.
 *
 * @param expected the version on which the import was prepared
 * @throws LundongError IMPORT_REJECTED where another import has landed since: the lock between them was lost
 */
export async function raiseDataVersion(manager: EntityManager, expected: number): Promise<number> {
  const [[state]] = await manager.query(
    'UPDATE market_state SET data_version = data_version + 1 WHERE data_version = $1 RETURNING data_version',
    [expected],
  );
  if (state === undefined)
    throw new LundongError(
      'IMPORT_REJECTED',
      'The data changed while this import was prepared; nothing was imported. Run it again.',
    );
  await manager.query('SELECT pg_notify($1, $2)', [DATA_VERSION_CHANNEL, String(state.data_version)]);
  return state.data_version;
}

export async function saveSeries(
  manager: EntityManager,
  key: PriceSeriesKey,
  files: readonly ManifestFile[],
): Promise<number> {
  const { id } = (await findSeries(manager, key)) ?? (await manager.save(PriceSeriesEntity, { ...key }));
  await manager.query(
    `INSERT INTO lake_file (series_id, period, path, rows, days)
     SELECT $1, period, path, rows, days
     FROM jsonb_to_recordset($2) AS file (period integer, path text, rows integer, days integer[])
     ON CONFLICT (series_id, period) DO UPDATE SET path = excluded.path, rows = excluded.rows, days = excluded.days`,
    [id, JSON.stringify(files)],
  );
  return id;
}

export async function namedFiles(manager: EntityManager): Promise<Set<string>> {
  const files: { path: string }[] = await manager.query('SELECT path FROM lake_file');
  return new Set(files.map((file) => file.path));
}

/** Of the given days, those for which any series holds prices, ascending. */
export async function daysWithPrices(manager: EntityManager, days: readonly DayNumber[]): Promise<DayNumber[]> {
  const found: { day: DayNumber }[] = await manager.query(
    'SELECT DISTINCT day FROM lake_file, unnest(days) AS day WHERE day = ANY($1::integer[]) ORDER BY day',
    [days],
  );
  return found.map((row) => row.day);
}

export async function saveTradingDays(
  manager: EntityManager,
  added: readonly LocalDate[],
  removed: readonly LocalDate[],
): Promise<void> {
  await manager.query('INSERT INTO trading_day SELECT unnest($1::date[])', [added]);
  if (removed.length > 0) await manager.delete(TradingDayEntity, { date: In([...removed]) });
}

export async function saveIndustries(manager: EntityManager, industries: readonly Industry[]): Promise<void> {
  await manager.upsert(IndustryEntity, [...industries], ['code']);
}

export async function saveMemberships(manager: EntityManager, difference: HistoryDifference): Promise<void> {
  const gone = [...difference.removed, ...difference.changed];
  await manager.query(
    `DELETE FROM membership USING unnest($1::text[], $2::text[], $3::date[]) AS gone (industry_code, stock_code, in_date)
     WHERE (membership.industry_code, membership.stock_code, membership.in_date)
         = (gone.industry_code, gone.stock_code, gone.in_date)`,
    [gone.map((row) => row.industryCode), gone.map((row) => row.stockCode), gone.map((row) => row.inDate)],
  );
  const fresh = [...difference.added, ...difference.changed];
  await manager.query(
    `INSERT INTO membership (industry_code, stock_code, in_date, out_date, known_on, stock_name, weight, kind)
     SELECT * FROM
       unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::date[], $6::text[], $7::float8[], $8::text[])`,
    [
      fresh.map((row) => row.industryCode),
      fresh.map((row) => row.stockCode),
      fresh.map((row) => row.inDate),
      fresh.map((row) => row.outDate),
      fresh.map((row) => row.knownOn),
      fresh.map((row) => row.stockName),
      fresh.map((row) => row.weight),
      fresh.map((row) => row.kind),
    ],
  );
}

export async function logImport(manager: EntityManager, entry: Omit<ImportLogEntity, 'finishedAt'>): Promise<void> {
  await manager.insert(ImportLogEntity, entry);
}
