import type { LocalDate } from '../domain/local-date.js';
import type { MembershipRow } from '../domain/membership-history.js';
import type { ReferenceData } from '../store/market-data.repository.js';
import { DATASET_NAMES, type DatasetName, isTableDataset, type RelationalDatasetName } from './datasets.js';
import { type DuckDb, fileList, rows } from './duckdb.js';

export interface DatasetStatus {
  readonly name: DatasetName;
  readonly rows: number;
  readonly codes: number;
  readonly from: LocalDate | null;
  readonly to: LocalDate | null;
  readonly importedAt: Date | null;
}

/** What the status of a data set is told from. */
interface Loaded {
  readonly reference: ReferenceData;
  readonly memberships: readonly MembershipRow[];
  readonly etfs: readonly unknown[];
  readonly stocks: readonly unknown[];
  readonly imports: ReadonlyMap<string, Date>;
}

interface LoadedSeries {
  readonly dataset: string;
  readonly files: readonly string[];
  readonly rows: number;
  readonly firstDate: LocalDate;
  readonly lastDate: LocalDate;
}

type Extent = Omit<DatasetStatus, 'name' | 'importedAt'>;

/** Every data set; counts the codes of the lake's. */
export function describeStatus(
  duckdb: DuckDb,
  loaded: Loaded,
  series: readonly LoadedSeries[],
): Promise<DatasetStatus[]> {
  return Promise.all(
    DATASET_NAMES.map(async (name) => {
      const extent = isTableDataset(name)
        ? await tableExtent(
            duckdb,
            series.filter((one) => one.dataset === name),
          )
        : relationalExtent(loaded, name);
      return { name, ...extent, importedAt: loaded.imports.get(name) ?? null };
    }),
  );
}

function relationalExtent({ reference, memberships, etfs, stocks }: Loaded, name: RelationalDatasetName): Extent {
  const list = (rows: number): Extent => ({ rows, codes: rows, from: null, to: null });
  switch (name) {
    case 'calendar': {
      const days = reference.tradingDays;
      return { rows: days.length, codes: 0, from: days[0] ?? null, to: days.at(-1) ?? null };
    }
    case 'industries':
      return list(reference.industries.size);
    case 'members': {
      const inDates = memberships.map((row) => row.inDate).sort();
      const codes = new Set(memberships.map((row) => row.stockCode)).size;
      return { rows: memberships.length, codes, from: inDates[0] ?? null, to: inDates.at(-1) ?? null };
    }
    case 'etfs':
      return list(etfs.length);
    case 'stocks':
      return list(stocks.length);
  }
}

async function tableExtent(duckdb: DuckDb, series: readonly LoadedSeries[]): Promise<Extent> {
  if (series.length === 0) return { rows: 0, codes: 0, from: null, to: null };
  const days = series.flatMap((one) => [one.firstDate, one.lastDate]).sort();
  const files = series.flatMap((one) => one.files);
  return {
    rows: series.reduce((sum, one) => sum + one.rows, 0),
    codes: await countCodes(duckdb, files),
    from: days[0] as LocalDate,
    to: days.at(-1) as LocalDate,
  };
}

function countCodes(duckdb: DuckDb, files: readonly string[]): Promise<number> {
  return duckdb.use(async (connection) => {
    const [[count]] = (await rows(
      connection,
      `SELECT count(DISTINCT code)::INTEGER FROM read_parquet(${fileList(...files)})`,
    )) as [[number]];
    return count;
  });
}
