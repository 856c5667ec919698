import type { DuckDBConnection } from '@duckdb/node-api';
import { isEtfCode, normaliseFundCode } from '../../domain/codes.js';
import type { EtfRecord } from '../../domain/etf.js';
import { unknownEtfs } from '../../domain/etf-category.js';
import type { EtfRules } from '../../domain/etf-rules.js';
import type { BadRow } from './import-report.js';
import { type FileRecord, faultOfText, readRecords, requireColumns } from './records.js';
import { isNothing, readDate, type TabularFile } from './tabular-file.js';

/** What files call each field; the first name is the one that faults are told under. */
const COLUMNS = {
  code: ['code', 'ts_code', 'symbol'],
  name: ['name', 'extname', 'csname', 'etf_name'],
  manager: ['manager', 'mgr_name', 'management'],
  indexCode: ['index_code'],
  indexName: ['index_name', 'benchmark'],
  listDate: ['list_date'],
  delistDate: ['delist_date'],
  category: ['category'],
  themes: ['themes'],
} as const satisfies Record<keyof EtfRecord, readonly string[]>;
const FIELDS = Object.keys(COLUMNS) as (keyof EtfRecord)[];
const TEXTS = ['name', 'manager', 'indexCode', 'indexName'] as const;
const DATES = ['listDate', 'delistDate'] as const;
const DATE_COLUMNS = ['date', 'trade_date'];
/** Of funds that are not traded: Tushare's lists have them beside the others. */
const UNLISTED = /^\d{6}\.OF$/i;

const STATUS_COLUMNS = ['status', 'list_status'];
/** The date that a status of Tushare’s stands for: delisted, being raised, about to be listed. */
const DATE_OF_STATUS: ReadonlyMap<string, 'listDate' | 'delistDate'> = new Map([
  ['D', 'delistDate'],
  ['I', 'listDate'],
  ['P', 'listDate'],
]);

const NAMED = 20;

/**
 * The funds that the files name. What a file does not tell of a fund stays as it is known. Where a fund comes more than
 * once, the rows of the latest date count, which must agree in what they tell.
 */
export async function readEtfs(
  connection: DuckDBConnection,
  files: readonly TabularFile[],
  known: ReadonlyMap<string, EtfRecord>,
  rules: EtfRules,
): Promise<{ rowsRead: number; records: EtfRecord[]; bad: BadRow[]; remarks: string[] }> {
  const found = new Map<string, { date: string; told: EtfRecord; status: string }>();
  const bad: BadRow[] = [];
  let rowsRead = 0;
  let others = 0;
  for (const file of files) {
    requireColumns(file, COLUMNS.code, COLUMNS.name);
    for (const row of await readRecords(connection, file)) {
      rowsRead++;
      const text = row.get(...COLUMNS.code);
      const code = normaliseFundCode(text);
      const isOther = code === null ? UNLISTED.test(text) : !isEtfCode(code);
      const fault = isOther ? null : faultOf(row, text, code, known.get(code ?? ''), rules);
      if (isOther) others++;
      else if (fault !== null) bad.push(fault);
      else {
        const date = readDate(row.get(...DATE_COLUMNS)) ?? '';
        const told = toldBy(row, code as string);
        const before = found.get(told.code);
        if (before !== undefined && before.date > date) continue;
        const torn = before?.date === date ? contradiction(before.told, told) : undefined;
        if (torn === undefined) {
          const status = row.get(...STATUS_COLUMNS).toUpperCase() || (before?.status ?? '');
          found.set(told.code, { date, told: joined(told, before?.told), status });
        } else bad.push(row.bad(COLUMNS[torn][0], String(told[torn]), 'contradicts another row of the same fund'));
      }
    }
  }
  const remarks = others > 0 ? [`${others} rows of funds that are no listed ETFs: left out`] : [];
  const records = [...found.values()].map(({ told }) => joined(told, known.get(told.code)));
  const undated = records.filter(({ code, ...record }) => {
    const field = DATE_OF_STATUS.get(found.get(code)?.status ?? '');
    return field !== undefined && record[field] === null;
  });
  if (undated.length > 0)
    remarks.push(
      `${undated.length} funds are not listed by their status, but of no date: taken as listed, ${named(undated)}`,
    );
  const unknown = unknownEtfs(
    rules,
    records.filter(({ category }) => category === null),
  );
  // Named, so that whoever keeps the rules can add a word: a category is never guessed.
  if (unknown.length > 0)
    remarks.push(`${unknown.length} funds have names that no ETF rule knows, and no category: ${named(unknown)}`);
  return { rowsRead, records, bad, remarks };
}

/** The first funds by name, and how many more there are. */
function named(funds: readonly EtfRecord[]): string {
  const first = funds.slice(0, NAMED).map(({ code, name }) => `${code} ${name}`);
  const more = funds.length > first.length ? `, and ${funds.length - first.length} more` : '';
  return `${first.join(', ')}${more}`;
}

/** What is wrong with a row; null where nothing is. */
function faultOf(
  row: FileRecord,
  text: string,
  code: string | null,
  known: EtfRecord | undefined,
  rules: EtfRules,
): BadRow | null {
  if (code === null) return row.bad('code', text, 'is no code of an ETF; write it like 510300.SH, or six digits');
  const torn = row.codesTorn(...COLUMNS.code);
  if (torn !== null) return torn;
  if (isNothing(row.get(...COLUMNS.name))) return row.bad('name', row.get(...COLUMNS.name), 'is empty');
  for (const field of TEXTS) {
    const fault = faultOfText(row.get(...COLUMNS[field]));
    if (fault !== null) return row.bad(COLUMNS[field][0], row.get(...COLUMNS[field]), fault);
  }
  for (const field of DATES) {
    const date = row.get(...COLUMNS[field]);
    if (!isNothing(date) && readDate(date) === null)
      return row.bad(COLUMNS[field][0], date, 'is no date; write it as YYYY-MM-DD or YYYYMMDD');
  }
  const listDate = readDate(row.get(...COLUMNS.listDate)) ?? known?.listDate ?? null;
  const delistDate = readDate(row.get(...COLUMNS.delistDate));
  if (listDate !== null && delistDate !== null && delistDate <= listDate)
    return row.bad('delist_date', row.get(...COLUMNS.delistDate), `is not after the listing on ${listDate}`);
  const category = row.get(...COLUMNS.category);
  if (!isNothing(category) && !rules.categories.includes(category))
    return row.bad('category', category, `is none of ${rules.categories.join(', ')}`);
  const theme = themesOf(row)?.find((key) => !rules.themes.some((one) => one.key === key));
  return theme === undefined ? null : row.bad('themes', theme, 'is no key of a theme in the rules file');
}

/** What a row says of a fund; null where it says nothing. */
function toldBy(row: FileRecord, code: string): EtfRecord {
  const text = (field: keyof EtfRecord): string | null => {
    const cell = row.get(...COLUMNS[field]);
    return isNothing(cell) ? null : cell;
  };
  return {
    code,
    name: text('name') as string,
    manager: text('manager'),
    indexCode: text('indexCode'),
    indexName: text('indexName'),
    listDate: readDate(row.get(...COLUMNS.listDate)),
    delistDate: readDate(row.get(...COLUMNS.delistDate)),
    category: text('category'),
    themes: themesOf(row),
  };
}

/** The first field of which two rows tell different things; undefined where they agree. */
function contradiction(a: EtfRecord, b: EtfRecord): keyof EtfRecord | undefined {
  return FIELDS.find((field) => a[field] !== null && b[field] !== null && String(a[field]) !== String(b[field]));
}

/** What is told and, where nothing is, what was known. */
function joined(told: EtfRecord, known: EtfRecord | undefined): EtfRecord {
  const { listDate } = told;
  const isListedAnew =
    listDate !== null && known !== undefined && known.delistDate !== null && known.delistDate <= listDate;
  return {
    code: told.code,
    name: told.name,
    manager: told.manager ?? known?.manager ?? null,
    indexCode: told.indexCode ?? known?.indexCode ?? null,
    indexName: told.indexName ?? known?.indexName ?? null,
    listDate: told.listDate ?? known?.listDate ?? null,
    delistDate: told.delistDate ?? (isListedAnew ? null : (known?.delistDate ?? null)),
    category: told.category ?? known?.category ?? null,
    themes: told.themes ?? known?.themes ?? null,
  };
}

/** null where the row tells none. */
function themesOf(row: FileRecord): string[] | null {
  const cell = row.get(...COLUMNS.themes);
  return isNothing(cell) ? null : cell.split('|').map((key) => key.trim());
}
