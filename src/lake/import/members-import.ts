import type { DuckDBConnection } from '@duckdb/node-api';
import { normaliseIndustryCode, normaliseStockCode } from '../../domain/codes.js';
import { LundongError } from '../../domain/errors.js';
import type { Industry, IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import {
  type MembershipRow,
  type MembershipSnapshot,
  mixedIndustries,
  withSnapshot,
} from '../../domain/membership-history.js';
import { CALENDAR_HORIZON } from '../../domain/trading-calendar.js';
import type { BadRow } from './import-report.js';
import { type FileRecord, faultOfText, readRecords, requireColumns } from './records.js';
import { isNothing, readDate, type TabularFile } from './tabular-file.js';

const STOCK_COLUMNS = ['stock', 'con_code', 'stock_code', 'ts_code', 'code'];
const NAME_COLUMNS = ['stock_name', 'con_name', 'name'];
const SNAPSHOT_INDUSTRY = ['industry_code', 'index_code', 'l1_code'];
const HISTORY_INDUSTRY = ['l1_index', 'l1_code', 'industry_code'];
const SNAPSHOT_DATE = ['as_of', 'trade_date'];

export interface ReadMembers {
  readonly rowsRead: number;
  readonly bad: readonly BadRow[];
  /** Every membership of the touched industries or stocks, as it is to be: lays the files into what is known. */
  readonly merge: (known: readonly MembershipRow[]) => MembershipRow[];
}

/** Reads membership files of any of the three forms; `validFrom` concerns snapshots. */
export async function readMembers(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  industries: ReadonlyMap<string, Industry>,
  validFrom: LocalDate | null,
): Promise<ReadMembers> {
  const read: ReadMembers[] = [];
  for (const file of files) {
    const names = file.header.map((name) => name.toLowerCase());
    const records = await readRecords(connection, file);
    const has = (column: string): boolean => names.includes(column);
    if (!SNAPSHOT_DATE.some(has) && validFrom !== null)
      throw new LundongError(
        'INVALID_ARGUMENT',
        `--valid-from is for snapshots; ${file.name} gives dated memberships already. Leave the option out.`,
      );
    if (has('start_date')) read.push(readHistory(file, records, industries));
    else if (has('in_date')) read.push(readIntervals(file, records, industries));
    else read.push(readSnapshots(file, records, industries, validFrom));
  }
  return {
    rowsRead: read.reduce((sum, one) => sum + one.rowsRead, 0),
    bad: read.flatMap((one) => one.bad),
    merge: (known) => read.reduce((rows, one) => one.merge(rows), [...known]),
  };
}

function readSnapshots(
  file: TabularFile,
  records: readonly FileRecord[],
  industries: ReadonlyMap<string, Industry>,
  validFrom: LocalDate | null,
): ReadMembers {
  requireColumns(file, SNAPSHOT_INDUSTRY, STOCK_COLUMNS, SNAPSHOT_DATE);
  const judge = new RecordJudge(industries);
  const snapshots = new Map<string, { industryCode: string; asOf: LocalDate; members: Map<string, Member> }>();
  for (const record of records) {
    const industryCode = judge.industry(record, SNAPSHOT_INDUSTRY);
    const stockCode = judge.stock(record);
    const asOf = judge.date(record, SNAPSHOT_DATE);
    const weight = judge.weight(record);
    const stockName = judge.name(record);
    if (industryCode === null || stockCode === null || asOf === null) continue;
    if (weight === undefined || stockName === undefined) continue;
    const key = `${industryCode} ${asOf}`;
    const snapshot = snapshots.get(key) ?? { industryCode, asOf, members: new Map<string, Member>() };
    snapshots.set(key, snapshot);
    if (snapshot.members.has(stockCode)) judge.refuse(record, 'stock', stockCode, 'stands twice in this snapshot');
    else snapshot.members.set(stockCode, { stockCode, stockName, weight });
  }
  const inOrder: MembershipSnapshot[] = [...snapshots.values()]
    .map((snapshot) => ({ ...snapshot, members: [...snapshot.members.values()] }))
    .sort((a, b) => (a.asOf < b.asOf ? -1 : 1));
  const earliest = inOrder[0]?.asOf;
  if (validFrom !== null && earliest !== undefined && validFrom > earliest)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `--valid-from ${validFrom} is after ${earliest}, the date of the snapshot in ${file.name}; it can only reach back.`,
    );
  return {
    rowsRead: records.length,
    bad: judge.bad,
    merge: (known) => {
      const byIndustry = new Map<string, MembershipRow[]>();
      for (const row of known) (byIndustry.get(row.industryCode) ?? setNew(byIndustry, row.industryCode)).push(row);
      for (const snapshot of inOrder)
        byIndustry.set(
          snapshot.industryCode,
          withSnapshot(byIndustry.get(snapshot.industryCode) ?? [], snapshot, validFrom),
        );
      return [...byIndustry.values()].flat();
    },
  };
}

function readIntervals(
  file: TabularFile,
  records: readonly FileRecord[],
  industries: ReadonlyMap<string, Industry>,
): ReadMembers {
  const industryColumns = ['l1_code', 'industry_code', 'index_code'];
  requireColumns(file, industryColumns, STOCK_COLUMNS, ['in_date']);
  const judge = new RecordJudge(industries);
  const found: { record: FileRecord; row: MembershipRow }[] = [];
  for (const record of records) {
    const industryCode = judge.industry(record, industryColumns);
    const stockCode = judge.stock(record);
    const inDate = judge.date(record, ['in_date']);
    const outText = record.get('out_date');
    const namedOut = isNothing(outText) ? null : judge.date(record, ['out_date']);
    // Vendors write "still in" as a day that never comes: 2099-12-31, 9999-12-31.
    const outDate = namedOut !== null && namedOut > CALENDAR_HORIZON ? null : namedOut;
    const name = judge.name(record);
    if (industryCode === null || stockCode === null || inDate === null || name === undefined) continue;
    if (outDate !== null && outDate <= inDate) {
      judge.refuse(
        record,
        'out_date',
        outText,
        `is not after in_date ${inDate}; a stay is half-open [in_date, out_date)`,
      );
      continue;
    }
    found.push({ record, row: stay(industryCode, stockCode, inDate, outDate, name) });
  }
  const stays = withoutOverlaps(found, judge);
  const bad = judge.bad.toSorted((a, b) => a.line - b.line);
  return { rowsRead: records.length, bad, merge: (known) => replaceStocks(known, stays, industries) };
}

/** A stock's stays in one industry follow each other; one that begins inside another contradicts it, or repeats it. */
function withoutOverlaps(
  found: readonly { record: FileRecord; row: MembershipRow }[],
  judge: RecordJudge,
): MembershipRow[] {
  const latest = new Map<string, MembershipRow>();
  const inOrder = found.toSorted((a, b) => (a.row.inDate < b.row.inDate ? -1 : a.row.inDate > b.row.inDate ? 1 : 0));
  return inOrder.flatMap(({ record, row }) => {
    const key = `${row.industryCode} ${row.stockCode}`;
    const previous = latest.get(key);
    if (previous !== undefined && (previous.outDate === null || previous.outDate > row.inDate)) {
      if (previous.inDate !== row.inDate || previous.outDate !== row.outDate)
        judge.refuse(record, 'in_date', row.inDate, `overlaps the stay of ${row.stockCode} from ${previous.inDate}`);
      return [];
    }
    latest.set(key, row);
    return [row];
  });
}

function readHistory(
  file: TabularFile,
  records: readonly FileRecord[],
  industries: ReadonlyMap<string, Industry>,
): ReadMembers {
  requireColumns(file, HISTORY_INDUSTRY, STOCK_COLUMNS, ['start_date']);
  const judge = new RecordJudge(industries);
  const starts = new Map<string, Map<LocalDate, string | null>>();
  for (const record of records) {
    const stockCode = judge.stock(record);
    const start = judge.date(record, ['start_date']);
    const unclassified = isNothing(record.get(...HISTORY_INDUSTRY));
    const industryCode = unclassified ? null : judge.industry(record, HISTORY_INDUSTRY);
    if (stockCode === null || start === null || (industryCode === null && !unclassified)) continue;
    const ofStock = starts.get(stockCode) ?? new Map<LocalDate, string | null>();
    if (ofStock.has(start) && ofStock.get(start) !== industryCode)
      judge.refuse(record, 'start_date', start, `contradicts another row of ${stockCode} from the same date`);
    else starts.set(stockCode, ofStock.set(start, industryCode));
  }
  const stays: MembershipRow[] = [];
  for (const [stockCode, ofStock] of starts) {
    const inOrder = [...ofStock].sort(([a], [b]) => (a < b ? -1 : 1));
    inOrder.forEach(([start, industryCode], index) => {
      if (industryCode !== null)
        stays.push(stay(industryCode, stockCode, start, inOrder[index + 1]?.[0] ?? null, null));
    });
  }
  return { rowsRead: records.length, bad: judge.bad, merge: (known) => replaceStocks(known, stays, industries) };
}

type Member = MembershipSnapshot['members'][number];

function setNew(map: Map<string, MembershipRow[]>, key: string): MembershipRow[] {
  const rows: MembershipRow[] = [];
  map.set(key, rows);
  return rows;
}

function stay(
  industryCode: string,
  stockCode: string,
  inDate: LocalDate,
  outDate: LocalDate | null,
  stockName: string | null,
): MembershipRow {
  return { industryCode, stockCode, inDate, outDate, knownOn: inDate, stockName, weight: null, kind: 'stay' };
}

/** Dated stays are the whole truth about the stocks they name, within the schemes they name them in. */
function replaceStocks(
  known: readonly MembershipRow[],
  stays: readonly MembershipRow[],
  industries: ReadonlyMap<string, Industry>,
): MembershipRow[] {
  const schemeOf = (row: MembershipRow): IndustryScheme => (industries.get(row.industryCode) as Industry).scheme;
  const named = new Set(stays.map((row) => `${schemeOf(row)} ${row.stockCode}`));
  return [...known.filter((row) => !named.has(`${schemeOf(row)} ${row.stockCode}`)), ...stays];
}

/** Turns texts into values and keeps what could not be turned. */
class RecordJudge {
  readonly bad: BadRow[] = [];

  constructor(private readonly industries: ReadonlyMap<string, Industry>) {}

  refuse(record: FileRecord, column: string, value: string, reason: string): null {
    this.bad.push(record.bad(column, value, reason));
    return null;
  }

  industry(record: FileRecord, columns: string[]): string | null {
    const text = record.get(...columns);
    const code = normaliseIndustryCode(text);
    if (code === null)
      return this.refuse(record, 'industry_code', text, 'is no first-level industry code, like CI005001');
    if (!this.industries.has(code))
      return this.refuse(record, 'industry_code', text, 'is no known industry; import the data set industries first');
    return code;
  }

  stock(record: FileRecord): string | null {
    const text = record.get(...STOCK_COLUMNS);
    const torn = record.codesTorn(...STOCK_COLUMNS);
    if (torn !== null) {
      this.bad.push(torn);
      return null;
    }
    return normaliseStockCode(text) ?? this.refuse(record, 'stock', text, 'is no stock code; write it like 600519.SH');
  }

  date(record: FileRecord, columns: string[]): LocalDate | null {
    const text = record.get(...columns);
    return readDate(text) ?? this.refuse(record, columns[0] as string, text, 'is no date; write it as YYYY-MM-DD');
  }

  /** Null where there is none, undefined where it is bad. */
  name(record: FileRecord): string | null | undefined {
    const text = record.get(...NAME_COLUMNS);
    if (isNothing(text)) return null;
    const fault = faultOfText(text);
    if (fault === null) return text;
    this.refuse(record, NAME_COLUMNS[0] as string, text, fault);
    return undefined;
  }

  /** Percent in the file, a fraction here; null where there is none, undefined where it is bad. */
  weight(record: FileRecord): number | null | undefined {
    const text = record.get('weight', 'i_weight');
    if (isNothing(text)) return null;
    const percent = Number(text);
    if (Number.isFinite(percent) && percent >= 0 && percent <= 100) return percent / 100;
    this.refuse(record, 'weight', text, 'is no percentage between 0 and 100');
    return undefined;
  }
}

/** @throws LundongError IMPORT_REJECTED where snapshots and dated stays would meet in one industry */
export function refuseMixtures(memberships: readonly MembershipRow[]): void {
  const industries = mixedIndustries(memberships);
  if (industries.length > 0)
    throw new LundongError(
      'IMPORT_REJECTED',
      `Snapshots and dated stays (intervals or a history) cannot be joined in one industry, as they would be in ${industries.join(', ')}; ` +
        'nothing was imported. Keep to the form that is loaded; to go from snapshots to stays, let the files name every ' +
        'stock that the snapshots name; to go back, load into an empty DATA_DIR or database.',
      { industries },
    );
}
