import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#lundong/config.js';
import { literal } from '#lundong/lake/duckdb.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import { ADVISORY_LOCK } from '#lundong/store/store.js';
import { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import {
  closeOf,
  duckdbRun,
  refusal,
  runImport,
  type Visible,
  visible,
  writeTable,
} from '../support/import-helpers.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

let opened: TestWorkspace;
let workspace: Workspace;
let files: string;

beforeAll(async () => {
  opened = await openTestWorkspace();
  workspace = opened.workspace;
  files = join(opened.directory, 'files');
});
afterAll(() => opened.close());

let sources = 0;
/** Series of different sources never meet: a source of its own is as good as an empty lake. */
const freshSource = (): string => `source-${++sources}`;

const file = (name: string, content: string | Buffer | readonly string[]): string =>
  writeTable(join(files, String(sources)), name, content);

type Options = Partial<ImportRequest>;
const importStocks = (source: string, paths: string | string[], options: Options = {}): Promise<ImportReport> =>
  runImport(workspace, 'stock_daily', paths, { source, ...options });
const rowsOf = async (source: string): Promise<readonly string[]> => (await visible(workspace, source)).rows;

const parquetFiles = (): string[] =>
  readdirSync(workspace.config.directories.lake, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .sort();

/** Everything that an import may change: version, manifest, files of the lake, log of imports, audit. */
async function everything(): Promise<unknown> {
  const query = (sql: string): Promise<unknown> => workspace.store.manager.query(sql);
  return {
    state: await query('SELECT data_version FROM market_state'),
    series: await query('SELECT * FROM price_series ORDER BY id'),
    manifest: await query('SELECT * FROM lake_file ORDER BY path'),
    log: await query('SELECT * FROM import_log ORDER BY id'),
    audit: await query('SELECT * FROM access_audit ORDER BY id'),
    files: parquetFiles(),
  };
}

const LONG = [
  'code,date,close',
  '600519.SH,2024-01-02,1685.01',
  '600519.SH,2024-01-03,1694',
  '000001.SZ,2024-01-02,9.21',
];
const LONG_ROWS = [
  '000001.SZ 2024-01-02 - - - 9.21 - -',
  '600519.SH 2024-01-02 - - - 1685.01 - -',
  '600519.SH 2024-01-03 - - - 1694 - -',
];

describe('forms of files', () => {
  it.each([
    ['CSV', 'prices.csv', LONG.join('\n')],
    ['CSV without a newline at its end, with CRLF', 'crlf.csv', LONG.join('\r\n')],
    ['CSV with a byte order mark', 'bom.csv', `\uFEFF${LONG.join('\n')}\n`],
    ['CSV with blank lines', 'blank.csv', `${LONG.join('\n\n')}\n\n   \n`],
    ['CSV with quoted cells', 'quoted.csv', LONG.map((line) => `"${line.replaceAll(',', '","')}"`).join('\n')],
    ['CSV with spaces around cells', 'spaces.csv', LONG.map((line) => line.replaceAll(',', ' , ')).join('\n')],
    ['gzipped CSV', 'prices.csv.gz', gzipSync(LONG.join('\n'))],
    ['gzipped CSV, name in capitals', 'PRICES.CSV.GZ', gzipSync(LONG.join('\n'))],
    ['gzipped CSV with CRLF and a byte order mark', 'bom.csv.gz', gzipSync(`\uFEFF${LONG.join('\r\n')}\r\n`)],
    ['TSV', 'prices.tsv', LONG.join('\n').replaceAll(',', '\t')],
    ['gzipped TSV', 'prices.tsv.gz', gzipSync(LONG.join('\n').replaceAll(',', '\t'))],
    ['text with semicolons', 'prices.txt', LONG.join('\n').replaceAll(',', ';')],
    [
      'columns in another order, names in capitals',
      'order.csv',
      'CLOSE,Date,Code\n1685.01,2024-01-02,600519.SH\n1694,2024-01-03,600519.SH\n9.21,2024-01-02,000001.SZ',
    ],
    ['dates as YYYYMMDD', 'compact.csv', LONG.join('\n').replaceAll('2024-01-0', '2024010')],
    ['dates as moments at midnight', 'midnight.csv', LONG.join('\n').replaceAll(/(2024-01-0\d)/g, '$1 00:00:00')],
    ['codes without exchange', 'bare.csv', LONG.join('\n').replaceAll(/\.S[HZ]/g, '')],
    ['codes in small letters', 'small.csv', LONG.join('\n').replaceAll(/\.S[HZ]/g, (text) => text.toLowerCase())],
    ['a file name with an apostrophe', "o'clock.csv", LONG.join('\n')],
    ['a file name with brackets', 'prices[1].csv', LONG.join('\n')],
    ['a file name with a star', 'prices*.csv', LONG.join('\n')],
    ['a Chinese file name', '行情 2024.csv', LONG.join('\n')],
    ['wide CSV', 'wide.csv', 'date,600519.SH,000001.SZ\n2024-01-02,1685.01,9.21\n2024-01-03,1694,\n'],
    [
      'wide gzipped CSV',
      'wide.csv.gz',
      gzipSync('trade_date,600519,000001\r\n20240102,1685.01,9.21\r\n20240103,1694,NaN\r\n'),
    ],
  ])('%s', async (_, name, content) => {
    const source = freshSource();
    const report = await importStocks(source, file(name, content));
    expect(await rowsOf(source)).toEqual(LONG_ROWS);
    expect(report).toMatchObject({
      files: [name],
      rowsRead: 3,
      rowsNew: 3,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsQuarantined: 0,
      quarantineFile: null,
      datesTouched: 2,
      firstDate: '2024-01-02',
      lastDate: '2024-01-03',
    });
  });

  it.each([
    ['DATE', 'd::DATE'],
    ['TIMESTAMP', 'd::TIMESTAMP'],
    ['TIMESTAMP_NS', 'd::TIMESTAMP_NS'],
    ['VARCHAR', 'd'],
    ['INTEGER', "replace(d, '-', '')::INTEGER"],
  ])('Parquet, long and wide, with dates as %s', async (type, date) => {
    const source = freshSource();
    const directory = join(files, String(sources));
    mkdirSync(directory, { recursive: true });
    const long = join(directory, `long-${type}.parquet`);
    const wide = join(directory, `wide-${type}.parquet`);
    await duckdbRun(
      workspace.config.directories.temporary,
      `COPY (SELECT c AS code, ${date} AS date, p AS close, v AS volume FROM (VALUES
         ('600519.SH', '2024-01-02', 1685.01, 3215644::BIGINT), ('600519.SH', '2024-01-03', 1694, NULL),
         ('000001.SZ', '2024-01-02', 9.21, 7)) t (c, d, p, v)) TO ${literal(long)} (FORMAT parquet)`,
      `COPY (SELECT ${date} AS date, a AS "600519.SH", b AS "000001.SZ" FROM (VALUES
         ('2024-01-02', 1685.01::DOUBLE, 9.21::FLOAT), ('2024-01-03', 1694, 'nan')) t (d, a, b)) TO ${literal(wide)} (FORMAT parquet)`,
    );
    expect(await importStocks(source, wide)).toMatchObject({ rowsRead: 3, rowsNew: 3 });
    expect(await rowsOf(source)).toEqual(LONG_ROWS);
    expect(await importStocks(source, long)).toMatchObject({ rowsRead: 3, rowsChanged: 2, rowsUnchanged: 1 });
    expect(await rowsOf(source)).toEqual([
      '000001.SZ 2024-01-02 - - - 9.21 7 -',
      '600519.SH 2024-01-02 - - - 1685.01 3215644 -',
      '600519.SH 2024-01-03 - - - 1694 - -',
    ]);
  });

  it('reads the very file that was named, not the one its name is a pattern for', async () => {
    const source = freshSource();
    for (const other of ['prices1.csv', 'prices2.csv', 'prices.csv']) file(other, ['date,600519', '2024-01-02,1']);
    for (const [index, name] of [
      'prices[12].csv',
      'prices*.csv',
      'prices?.csv',
      'prices{1,2}.csv',
      '[x]*.csv',
    ].entries()) {
      await importStocks(source, file(name, ['date,600519', `2024-01-02,${index + 2}`]));
      expect(await rowsOf(source)).toEqual([`600519.SH 2024-01-02 - - - ${index + 2} - -`]);
    }
  });

  it('works in a folder whose name is a pattern', async () => {
    const other = await openTestWorkspace('data [*] {1,2}');
    try {
      for (const close of ['1', '2']) {
        await runImport(other.workspace, 'stock_daily', file(`${close}.csv`, ['date,600519', `2024-01-02,${close}`]));
        expect(await closeOf(other.workspace, 'default', '600519.SH', '2024-01-02')).toBe(Number(close));
      }
    } finally {
      await other.close();
    }
  });

  it('takes several files at once, and a code that appears in different forms', async () => {
    const source = freshSource();
    const paths = [
      file('a.csv', ['code,date,close', '600519.SH,2024-01-02,1685.01']),
      file('b.csv.gz', gzipSync('date,600519,000001.SZ\n20240103,1694,9.2\n')),
      file('c.tsv', ['ts_code\ttrade_date\tclose\tvol', '000001.SZ\t20240102\t9.21\t11582.5']),
    ];
    expect(await importStocks(source, paths)).toMatchObject({
      files: ['a.csv', 'b.csv.gz', 'c.tsv'],
      rowsRead: 4,
      rowsNew: 4,
    });
    expect(await rowsOf(source)).toEqual([
      '000001.SZ 2024-01-02 - - - 9.21 1158250 -',
      '000001.SZ 2024-01-03 - - - 9.2 - -',
      '600519.SH 2024-01-02 - - - 1685.01 - -',
      '600519.SH 2024-01-03 - - - 1694 - -',
    ]);
  });

  it('refuses rows whose two columns name different codes, and takes those that write one code in two ways', async () => {
    const source = freshSource();
    const alike = file('alike.csv', [
      'ts_code,symbol,date,close',
      '600519.SH,600519,2024-01-02,1',
      '600036.SH,,2024-01-02,2',
    ]);
    expect(await importStocks(source, alike)).toMatchObject({ rowsNew: 2 });
    const torn = file('torn.csv', ['date,code,ts_code,close', '2024-01-02,600519,600036.SH,3']);
    const error = await refusal(importStocks(source, torn));
    expect(error.details.rows).toEqual([
      {
        file: 'torn.csv',
        line: 2,
        column: 'ts_code',
        value: '600036.SH',
        reason: 'is another code than that in the column code; leave the wrong column out',
      },
    ]);
  });

  it('takes more files at once than a byte can count', async () => {
    const source = freshSource();
    const paths = Array.from({ length: 300 }, (_, index) =>
      file(`${index}.csv`, ['date,code,close', `2024-01-02,${600_000 + index}.SH,${index + 1}`]),
    );
    expect(await importStocks(source, paths)).toMatchObject({ rowsRead: 300, rowsNew: 300 });
    expect(await closeOf(workspace, source, '600299.SH', '2024-01-02')).toBe(300);
    const bad = file('bad.csv', ['date,code,close', '2024-01-02,600000.SH,x']);
    const error = await refusal(importStocks(source, [...paths, bad]));
    expect(error.details.rows).toMatchObject([{ file: 'bad.csv', line: 2 }]);
  });

  it('reads a header with 5,000 columns', async () => {
    const source = freshSource();
    const codes = Array.from({ length: 5000 }, (_, index) => `${600_000 + index}.SH`);
    const row = (date: string, base: number): string =>
      [date, ...codes.map((_, index) => base + index / 100)].join(',');
    const path = file('wide.csv', [['date', ...codes].join(','), row('2024-01-02', 10), row('2024-01-03', 11)]);
    expect(await importStocks(source, path)).toMatchObject({ rowsRead: 10_000, rowsNew: 10_000, datesTouched: 2 });
    expect(await closeOf(workspace, source, '604999.SH', '2024-01-03')).toBe(60.99);
    expect(await closeOf(workspace, source, '600000.SH', '2024-01-02')).toBe(10);
    expect(await rowsOf(source)).toHaveLength(10_000);
  });

  it('keeps rows of several years in a file a year', async () => {
    const source = freshSource();
    const report = await importStocks(
      source,
      file('years.csv', [
        'date,600519',
        '2021-12-31,2050',
        '2022-01-04,2051.23',
        '2023-12-29,1726',
        '2024-01-02,1685.01',
      ]),
    );
    expect(report).toMatchObject({ rowsNew: 4, datesTouched: 4, firstDate: '2021-12-31', lastDate: '2024-01-02' });
    const manifest = await workspace.store.manager.query(
      `SELECT period, rows, days FROM lake_file JOIN price_series ON id = series_id WHERE source = $1 ORDER BY period`,
      [source],
    );
    expect(manifest).toEqual([
      { period: 2021, rows: 1, days: [18992] },
      { period: 2022, rows: 1, days: [18996] },
      { period: 2023, rows: 1, days: [19720] },
      { period: 2024, rows: 1, days: [19724] },
    ]);
    expect(await closeOf(workspace, source, '600519.SH', '2021-12-31')).toBe(2050);
    expect(await closeOf(workspace, source, '600519.SH', '2024-01-02')).toBe(1685.01);
    // A later file of one year leaves the files of the others alone.
    const before = parquetFiles();
    await importStocks(source, file('more.csv', ['date,600519', '2022-01-05,2024']));
    expect(parquetFiles().filter((path) => !before.includes(path))).toEqual([
      expect.stringMatching(new RegExp(`stock_daily/source=${source}/adjustment=none/year=2022/.*\\.parquet$`)),
    ]);
    expect(await rowsOf(source)).toHaveLength(5);
  });
});

describe('names and units', () => {
  const bars = (header: string, values: string): string[] => [header, values];

  it.each([
    [
      'stock_daily',
      'ts_code,trade_date,open,high,low,close,pre_close,vol,amount',
      '600519.SH,20240102,1715,1718.19,1678.1,1685.01,1726,32156.44,5440082.548',
      '600519.SH 2024-01-02 1715 1718.19 1678.1 1685.01 3215644 5440082548',
    ],
    [
      'industry_daily',
      'ts_code,trade_date,open,high,low,close,vol,amount',
      'CI005001.CI,20240102,2413,2557,2397,2543.75,30.5,472.25',
      'CI005001 2024-01-02 2413 2557 2397 2543.75 305000 4722500',
    ],
    [
      'index_daily',
      'ts_code,trade_date,close,vol,amount',
      '000300.SH,20240102,3386.35,1234,56.5',
      '000300.SH 2024-01-02 - - - 3386.35 123400 56500',
    ],
    [
      'index_daily',
      'code,date,close,amount_yi',
      '000300,2024-01-02,3386.35,1.5',
      '000300.SH 2024-01-02 - - - 3386.35 - 150000000',
    ],
    [
      'industry_daily',
      'code,date,close,volume_yigu,amount_yiyuan',
      '801010.SI,2024-01-02,3962.95,31.5,472.75',
      '801010 2024-01-02 - - - 3962.95 3150000000 47275000000',
    ],
    [
      'stock_daily',
      'symbol,date,close,volume,amount',
      '430047,2024-01-02,30.5,1200,36600',
      '430047.BJ 2024-01-02 - - - 30.5 1200 36600',
    ],
  ] as const)('%s: %s', async (dataset, header, values, expected) => {
    const source = freshSource();
    const report = await runImport(workspace, dataset, file('bars.csv', bars(header, values)), { source });
    expect(await rowsOf(source)).toEqual([expected]);
    const remark = expect.stringContaining('columns not used: pre_close');
    expect(report.remarks.some((one) => one.startsWith('columns not used'))).toBe(header.includes('pre_close'));
    if (header.includes('pre_close')) expect(report.remarks).toContainEqual(remark);
  });

  it.each([
    [
      'industry_daily',
      ['CI005001.CI', 'CI005002.WI', 'ci005003', '801010.SI', '801030'],
      ['801010', '801030', 'CI005001', 'CI005002', 'CI005003'],
    ],
    [
      'index_daily',
      ['000300', '399006', '931160', 'H30184', '000905.XSHG', '000852.SH'],
      ['000300.SH', '000852.SH', '000905.SH', '399006.SZ', '931160.CSI', 'H30184.CSI'],
    ],
    [
      'stock_daily',
      [
        '600000',
        '000001',
        '300750',
        '688981',
        '920002',
        '830799',
        '900901',
        '200011',
        '600519.XSHG',
        '000002.XSHE',
        'sh600004',
        'SZ000006',
      ],
      [
        '000001.SZ',
        '000002.SZ',
        '000006.SZ',
        '200011.SZ',
        '300750.SZ',
        '600000.SH',
        '600004.SH',
        '600519.SH',
        '688981.SH',
        '830799.BJ',
        '900901.SH',
        '920002.BJ',
      ],
    ],
  ] as const)('%s takes the codes of vendors', async (dataset, codes, expected) => {
    const source = freshSource();
    await runImport(
      workspace,
      dataset,
      file('codes.csv', ['code,date,close', ...codes.map((code) => `${code},2024-01-02,10`)]),
      { source },
    );
    expect((await rowsOf(source)).map((row) => row.split(' ')[0])).toEqual(expected);
  });

  it('keeps zero open, high and low beside a valid close as missing', async () => {
    const source = freshSource();
    const report = await runImport(
      workspace,
      'industry_daily',
      file('zeros.csv', [
        'code,date,open,high,low,close,volume',
        'CI005030.CI,2024-01-02,0,0,0,812.5,0',
        'CI005030.CI,2024-01-03,0.0,820,810,815,5',
      ]),
      { source },
    );
    expect(await rowsOf(source)).toEqual([
      'CI005030 2024-01-02 - - - 812.5 0 -',
      'CI005030 2024-01-03 - 820 810 815 5 -',
    ]);
    expect(report.remarks).toContain('2 rows with an open, high or low of zero beside a valid close: taken as missing');
  });

  it('points out jumps and takes them', async () => {
    const source = freshSource();
    const report = await importStocks(
      source,
      file('jump.csv', ['date,600519', '2024-01-02,10', '2024-01-03,16', '2024-01-04,15']),
    );
    expect(report.rowsNew).toBe(3);
    expect(report.remarks.find((remark) => remark.includes('moved'))).toBe(
      '1 closes moved more than 50 % in a day, e.g. 600519.SH 2024-01-03 60.0 %: taken, but worth a look',
    );
  });
});

describe('bad rows', () => {
  const HEADER = 'code,date,open,high,low,close,volume,amount';
  const GOOD = '600519.SH,2024-01-02,1715,1718.19,1678.1,1685.01,3215644,5440082548';
  const NOT_A_NUMBER = 'is not a number';
  const NEGATIVE = 'must not be negative';
  const CLOSE_ABOVE_ZERO = 'a close must be above zero';
  const NO_DAY = 'is no trading day; if the exchanges were open, import the calendar first';

  const cases: [name: string, row: string, column: string, value: string, reason: string][] = [
    ['a close that is no number', '600519.SH,2024-01-03,1,1,1,1.2.3,1,1', 'close', '1.2.3', NOT_A_NUMBER],
    ['words', '600519.SH,2024-01-03,1,1,1,停牌,1,1', 'close', '停牌', NOT_A_NUMBER],
    ['an infinite close', '600519.SH,2024-01-03,1,1,1,inf,1,1', 'close', 'inf', NOT_A_NUMBER],
    ['an infinite volume', '600519.SH,2024-01-03,1,1,1,1,-Infinity,1', 'volume', '-Infinity', NOT_A_NUMBER],
    ['a number beyond doubles', '600519.SH,2024-01-03,1,1,1,1,1e999,1', 'volume', '1e999', NOT_A_NUMBER],
    [
      'a close that is NaN',
      '600519.SH,2024-01-03,1,1,1,NaN,1,1',
      'close',
      'NaN',
      'is empty; a row without a close says nothing',
    ],
    ['an empty close', '600519.SH,2024-01-03,1,1,1,,1,1', 'close', '', 'is empty; a row without a close says nothing'],
    ['a zero close', '600519.SH,2024-01-03,0,0,0,0,0,0', 'close', '0', CLOSE_ABOVE_ZERO],
    ['a negative close', '600519.SH,2024-01-03,1,1,1,-1.5,1,1', 'close', '-1.5', CLOSE_ABOVE_ZERO],
    ['a negative open', '600519.SH,2024-01-03,-1,1,1,1,1,1', 'open', '-1', NEGATIVE],
    ['a negative volume', '600519.SH,2024-01-03,1,1,1,1,-7,1', 'volume', '-7', NEGATIVE],
    ['a negative amount', '600519.SH,2024-01-03,1,1,1,1,1,-0.01', 'amount', '-0.01', NEGATIVE],
    ['a low above the close', '600519.SH,2024-01-03,11,12,10.5,10,1,1', 'low', '10.5', 'is above open, high or close'],
    ['a low above the high', '600519.SH,2024-01-03,12,9,12,12,1,1', 'low', '12', 'is above open, high or close'],
    ['a high below the open', '600519.SH,2024-01-03,13,12,10,11,1,1', 'high', '12', 'is below open, low or close'],
    [
      'a code that is none',
      '60051.SH,2024-01-03,1,1,1,1,1,1',
      'code',
      '60051.SH',
      'is no code of stock_daily; write it like 600519.SH, or six digits',
    ],
    [
      'a code of another exchange',
      '00700.HK,2024-01-03,1,1,1,1,1,1',
      'code',
      '00700.HK',
      'is no code of stock_daily; write it like 600519.SH, or six digits',
    ],
    [
      'no code',
      ',2024-01-03,1,1,1,1,1,1',
      'code',
      '',
      'is no code of stock_daily; write it like 600519.SH, or six digits',
    ],
    ['a Saturday', '600519.SH,2024-01-06,1,1,1,1,1,1', 'date', '2024-01-06', NO_DAY],
    ['a holiday', '600519.SH,20240101,1,1,1,1,1,1', 'date', '20240101', NO_DAY],
    [
      'a date that does not exist',
      '600519.SH,2024-02-30,1,1,1,1,1,1',
      'date',
      '2024-02-30',
      'is no date; write it as YYYY-MM-DD or YYYYMMDD',
    ],
    [
      'a date with slashes',
      '600519.SH,01/03/2024,1,1,1,1,1,1',
      'date',
      '01/03/2024',
      'is no date; write it as YYYY-MM-DD or YYYYMMDD',
    ],
    [
      'a mistyped year',
      '600519.SH,2034-01-03,1,1,1,1,1,1',
      'date',
      '2034-01-03',
      'lies in the future, by the clock of this machine',
    ],
    ['no date', '600519.SH,,1,1,1,1,1,1', 'date', '', 'is no date; write it as YYYY-MM-DD or YYYYMMDD'],
    ['a cell too few', '600519.SH,2024-01-03,1,1,1,1,1', '', '7 cells', 'the header has 8 columns'],
    ['a cell too many', '600519.SH,2024-01-03,1,1,1,1,1,1,', '', '9 cells', 'the header has 8 columns'],
    ['a thousands separator', '600519.SH,2024-01-03,1,1,1,1,"1,000",1', '', '9 cells', 'the header has 8 columns'],
  ];

  it.each(cases)('%s stops the import, and nothing is visible', async (_, row, column, value, reason) => {
    const source = freshSource();
    const before = await everything();
    const error = await refusal(importStocks(source, file('bad.csv', [HEADER, GOOD, '', row])));
    expect(error.code).toBe('IMPORT_REJECTED');
    expect(error.details).toEqual({ count: 1, rows: [{ file: 'bad.csv', line: 4, column, value, reason }] });
    expect(error.message).toBe(
      '1 bad row; nothing was imported. Correct the file, or set the rows aside with --quarantine.\n' +
        `  bad.csv, line 4${column === '' ? '' : `, column ${column}`}: "${value}" ${reason}`,
    );
    expect(await everything()).toEqual(before);
  });

  it('--quarantine sets exactly the bad rows aside and takes the rest', async () => {
    const source = freshSource();
    const path = file('mixed.csv', [HEADER, GOOD, ...cases.map(([, row]) => row), '000001.SZ,2024-01-03,,,,9.2,,']);
    const report = await importStocks(source, path, { quarantine: true });
    expect(report).toMatchObject({ rowsRead: cases.length + 2, rowsNew: 2, rowsQuarantined: cases.length });
    expect(await rowsOf(source)).toEqual([
      '000001.SZ 2024-01-03 - - - 9.2 - -',
      '600519.SH 2024-01-02 1715 1718.19 1678.1 1685.01 3215644 5440082548',
    ]);
    const quarantined = parse(readFileSync(report.quarantineFile as string), { columns: true });
    expect(quarantined).toEqual(
      cases.map(([, , column, value, reason], index) => ({
        file: 'mixed.csv',
        line: String(index + 3),
        column,
        value,
        reason,
      })),
    );
  });

  it('tells the first twenty and counts the rest', async () => {
    const source = freshSource();
    const rows = Array.from({ length: 30 }, (_, index) => `600519.SH,2024-01-02,x${index}`);
    const error = await refusal(importStocks(source, file('many.csv', ['code,date,close', ...rows])));
    const lines = error.message.split('\n');
    expect(lines[0]).toMatch(/^30 bad rows; nothing was imported/);
    expect(lines).toHaveLength(22);
    expect(lines[20]).toBe('  many.csv, line 21, column close: "x19" is not a number');
    expect(lines[21]).toBe('  … and 10 more');
  });

  it('a row with two faults is one bad row', async () => {
    const source = freshSource();
    const path = file('two.csv', ['code,date,close', '600519.SH,2024-01-02,1', 'XXX,2024-01-06,1']);
    const error = await refusal(importStocks(source, path));
    expect(error.message).toMatch(/^1 bad row; /);
    expect(error.message).toContain('line 3, column date: "2024-01-06"');
    expect(await importStocks(source, path, { quarantine: true })).toMatchObject({
      rowsRead: 2,
      rowsNew: 1,
      rowsQuarantined: 1,
    });
  });

  it('an unknown industry', async () => {
    const source = freshSource();
    const error = await refusal(
      runImport(workspace, 'industry_daily', file('i.csv', ['date,CI005001.CI,CI005031.CI', '2024-01-02,1,2']), {
        source,
      }),
    );
    expect(error.details.rows).toEqual([
      {
        file: 'i.csv',
        line: 2,
        column: 'code',
        value: 'CI005031.CI',
        reason: 'is no known industry; import it with the data set industries first',
      },
    ]);
  });

  it('tells the cells of a wide file by line and code', async () => {
    const source = freshSource();
    const path = file('wide.csv', [
      'date,600519.SH,000001.SZ,000002.SZ',
      '2024-01-02,1685.01,9.21,10',
      '2024-01-03,x,0,10.1',
      '2024-01-04,1,2',
      '2024-01-06,1,2,3',
      ',1,2,3',
      '2024-01-05,-4,inf,',
    ]);
    const bad = [
      [3, '000001.SZ', '0', CLOSE_ABOVE_ZERO],
      [3, '600519.SH', 'x', NOT_A_NUMBER],
      [4, '', '3 cells', 'the header has 4 columns'],
      [5, 'date', '2024-01-06', NO_DAY],
      [6, 'date', '', 'is no date; write it as YYYY-MM-DD or YYYYMMDD'],
      [7, '000001.SZ', 'inf', NOT_A_NUMBER],
      [7, '600519.SH', '-4', CLOSE_ABOVE_ZERO],
    ].map(([line, column, value, reason]) => ({ file: 'wide.csv', line, column, value, reason }));
    const error = await refusal(importStocks(source, path));
    expect(error.details).toEqual({ count: 7, rows: bad });
    const report = await importStocks(source, path, { quarantine: true });
    expect(report).toMatchObject({ rowsNew: 4, rowsQuarantined: 7 });
    const quarantined = parse(readFileSync(report.quarantineFile as string), { columns: true });
    expect(quarantined).toEqual(bad.map((row) => ({ ...row, line: String(row.line) })));
    expect(await rowsOf(source)).toEqual([
      '000001.SZ 2024-01-02 - - - 9.21 - -',
      '000002.SZ 2024-01-02 - - - 10 - -',
      '000002.SZ 2024-01-03 - - - 10.1 - -',
      '600519.SH 2024-01-02 - - - 1685.01 - -',
    ]);
  });

  it('tells bad rows of Parquet by the number of the row', async () => {
    const source = freshSource();
    mkdirSync(join(files, String(sources)), { recursive: true });
    const path = join(files, String(sources), 'bad.parquet');
    await duckdbRun(
      workspace.config.directories.temporary,
      `COPY (SELECT * FROM (VALUES ('600519.SH', DATE '2024-01-02', 1.5), ('600519.SH', DATE '2024-01-03', -1.5)) t (code, date, close)) TO ${literal(path)} (FORMAT parquet)`,
    );
    const error = await refusal(importStocks(source, path));
    expect(error.details.rows).toEqual([
      { file: 'bad.parquet', line: 3, column: 'close', value: '-1.5', reason: CLOSE_ABOVE_ZERO },
    ]);
  });
});

describe('the same code and date twice', () => {
  it('is taken once where the values agree', async () => {
    const source = freshSource();
    const report = await importStocks(
      source,
      file('twice.csv', [...LONG, ...LONG.slice(1), '600519,20240102,1685.010']),
    );
    expect(report).toMatchObject({ rowsRead: 7, rowsNew: 3, rowsQuarantined: 0 });
    expect(report.remarks).toContain('4 repeated rows with the same values: taken once');
    expect(await rowsOf(source)).toEqual(LONG_ROWS);
  });

  it('is joined where each row has what the other lacks', async () => {
    const source = freshSource();
    const paths = [
      file('closes.csv', ['date,600519', '2024-01-02,1685.01']),
      file('bars.csv', [
        'code,date,open,high,low,close,volume',
        '600519,2024-01-02,1715,1718.19,1678.1,1685.01,3215644',
      ]),
    ];
    expect(await importStocks(source, paths)).toMatchObject({ rowsRead: 2, rowsNew: 1, rowsQuarantined: 0 });
    expect(await rowsOf(source)).toEqual(['600519.SH 2024-01-02 1715 1718.19 1678.1 1685.01 3215644 -']);
  });

  it('is refused, every row of it, where the values contradict each other', async () => {
    const source = freshSource();
    const reason = 'contradicts another row of the same code and date';
    const path = file('torn.csv', [
      'code,date,close,volume',
      '600519,2024-01-02,1685.01,5',
      '600519.SH,2024-01-02,1685.02,5',
      '000001,2024-01-02,9.21,7',
      '000001,2024-01-02,9.21,8',
      '000002,2024-01-02,10,1',
    ]);
    const bad = [
      { file: 'torn.csv', line: 2, column: 'close', value: '1685.01', reason },
      { file: 'torn.csv', line: 3, column: 'close', value: '1685.02', reason },
      { file: 'torn.csv', line: 4, column: 'volume', value: '7', reason },
      { file: 'torn.csv', line: 5, column: 'volume', value: '8', reason },
    ];
    const error = await refusal(importStocks(source, path));
    expect(error.details).toEqual({ count: 4, rows: bad });
    expect(await importStocks(source, path, { quarantine: true })).toMatchObject({ rowsNew: 1, rowsQuarantined: 4 });
    expect(await rowsOf(source)).toEqual(['000002.SZ 2024-01-02 - - - 10 1 -']);
  });

  it('is told by its code in a wide file', async () => {
    const source = freshSource();
    const reason = 'contradicts another row of the same code and date';
    const path = file('torn.csv', ['date,600519,000001.SZ', '2024-01-02,1,2', '2024-01-02,1.5,3', '2024-01-03,1,2']);
    const error = await refusal(importStocks(source, path));
    expect(error.details).toEqual({
      count: 4,
      rows: [
        { file: 'torn.csv', line: 2, column: '000001.SZ', value: '2', reason },
        { file: 'torn.csv', line: 2, column: '600519.SH', value: '1', reason },
        { file: 'torn.csv', line: 3, column: '000001.SZ', value: '3', reason },
        { file: 'torn.csv', line: 3, column: '600519.SH', value: '1.5', reason },
      ],
    });
  });
});

describe('importing again', () => {
  it('the same file changes nothing', async () => {
    const source = freshSource();
    const path = file('same.csv', LONG);
    const first = await importStocks(source, path);
    const before = await everything();
    const subject = `stock_daily of source "${source}", files: 1`;
    expect(before).toMatchObject({
      audit: expect.arrayContaining([expect.objectContaining({ actor: 'test', action: 'import', subject })]),
    });
    const second = await importStocks(source, path);
    expect(second).toMatchObject({
      rowsRead: 3,
      rowsNew: 0,
      rowsChanged: 0,
      rowsUnchanged: 3,
      datesTouched: 0,
      dataVersion: first.dataVersion,
    });
    expect(await everything()).toEqual(before);
  });

  it('a correction counts as one changed row and raises the version by one', async () => {
    const source = freshSource();
    const { dataVersion } = await importStocks(source, file('first.csv', LONG));
    const corrected = file('corrected.csv', [...LONG.slice(0, 3), '000001.SZ,2024-01-02,9.22']);
    expect(await importStocks(source, corrected)).toMatchObject({
      rowsNew: 0,
      rowsChanged: 1,
      rowsUnchanged: 2,
      datesTouched: 1,
      firstDate: '2024-01-02',
      lastDate: '2024-01-02',
      dataVersion: dataVersion + 1,
    });
    expect(await rowsOf(source)).toEqual(['000001.SZ 2024-01-02 - - - 9.22 - -', ...LONG_ROWS.slice(1)]);
  });

  it('merges column by column: closes first, bars later, and an empty cell erases nothing', async () => {
    const source = freshSource();
    await importStocks(source, file('closes.csv', LONG));
    const bars = file('bars.csv', [
      'code,date,open,high,low,close,volume',
      '600519.SH,2024-01-02,1715,1718.19,1678.1,1685.01,3215644',
      '600519.SH,2024-01-04,1690,1695,1660,1669,',
    ]);
    expect(await importStocks(source, bars)).toMatchObject({ rowsNew: 1, rowsChanged: 1 });
    const empties = file('empties.csv', ['code,date,open,close,volume', '600519.SH,2024-01-02,,1685.01,-']);
    expect(await importStocks(source, empties)).toMatchObject({ rowsNew: 0, rowsChanged: 0, rowsUnchanged: 1 });
    expect(await importStocks(source, file('closes.csv', LONG))).toMatchObject({
      rowsNew: 0,
      rowsChanged: 0,
      rowsUnchanged: 3,
    });
    expect(await rowsOf(source)).toEqual([
      LONG_ROWS[0],
      '600519.SH 2024-01-02 1715 1718.19 1678.1 1685.01 3215644 -',
      LONG_ROWS[2],
      '600519.SH 2024-01-04 1690 1695 1660 1669 - -',
    ]);
  });

  it('two readers: one that began before keeps its version, one that begins after sees the new', async () => {
    const source = freshSource();
    await importStocks(source, file('first.csv', LONG));
    const old = (await workspace.markets()).current();
    await importStocks(source, file('second.csv', ['code,date,close', '600519.SH,2024-01-02,1700']));
    const series = old.dailySeries.find((one) => one.source === source);
    expect((await series?.closes())?.close('600519.SH', '2024-01-02' as never)).toBe(1685.01);
    expect(await closeOf(workspace, source, '600519.SH', '2024-01-02')).toBe(1700);
  });
});

describe('series', () => {
  it('keeps sources and adjustments apart', async () => {
    const [one, two] = [freshSource(), freshSource()];
    const row = (close: string): string => file(`${close}.csv`, ['date,600519', `2024-01-02,${close}`]);
    await importStocks(one, row('1'));
    await importStocks(two, row('2'));
    const hfq = await importStocks(one, row('3'), { adjustment: 'hfq' });
    const qfq = await importStocks(one, row('4'), { adjustment: 'qfq' });
    expect([hfq.series, qfq.series]).toEqual([
      `stock_daily of source "${one}", adjustment hfq`,
      `stock_daily of source "${one}", adjustment qfq`,
    ]);
    const closes = async (source: string, adjustment: string): Promise<Visible['rows']> =>
      (await visible(workspace, source, adjustment)).rows.map((line) => line.split(' ')[5] as string);
    expect(await closes(one, 'none')).toEqual(['1']);
    expect(await closes(two, 'none')).toEqual(['2']);
    expect(await closes(one, 'hfq')).toEqual(['3']);
    expect(await closes(one, 'qfq')).toEqual(['4']);
    const order = (await workspace.markets())
      .current()
      .series('stock_daily')
      .filter((series) => series.source === one);
    expect(order.map((series) => series.adjustment)).toEqual(['hfq', 'qfq', 'none']);
  });

  it.each([
    ['a_share_hfq_close.csv', 'hfq', 'adjustment hfq taken from the file name'],
    ['QFQ-2024.csv', 'qfq', 'adjustment qfq taken from the file name'],
    ['close.csv', 'none', 'prices taken as unadjusted; say --adjust hfq or qfq if they are not'],
    ['shqfqx.csv', 'none', 'prices taken as unadjusted; say --adjust hfq or qfq if they are not'],
  ])('%s tells adjustment %s', async (name, adjustment, remark) => {
    const source = freshSource();
    const report = await importStocks(source, file(name, LONG));
    expect(report.series).toBe(`stock_daily of source "${source}", adjustment ${adjustment}`);
    expect(report.remarks).toEqual([remark]);
  });

  it('--adjust outdoes the file name', async () => {
    const source = freshSource();
    const report = await importStocks(source, file('hfq.csv', LONG), { adjustment: 'qfq' });
    expect(report.series).toBe(`stock_daily of source "${source}", adjustment qfq`);
    expect(report.remarks).toEqual([]);
  });

  it('refuses files that tell different adjustments', async () => {
    const source = freshSource();
    const error = await refusal(importStocks(source, [file('hfq.csv', LONG), file('qfq.csv', LONG)]));
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: "The files' names tell different adjustments (hfq, qfq); import them apart, or say --adjust.",
    });
  });

  it('refuses what makes no sense for a data set', async () => {
    const path = file('closes.csv', ['date,CI005001', '2024-01-02,1']);
    const industry = (options: Options): Promise<unknown> =>
      refusal(runImport(workspace, 'industry_daily', path, options));
    expect(await industry({ adjustment: 'hfq' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('--adjust hfq'),
    });
    expect(await industry({ validFrom: '2020-01-01' as never })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('--valid-from'),
    });
    expect(await industry({ paths: [] })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each(['../../escaped', 'a/b', '..', '', 'x'.repeat(300), "o'x\n", '.hidden'])(
    'refuses the source name %j',
    async (source) => {
      const before = await everything();
      const error = await refusal(importStocks(source, file('closes.csv', LONG)));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain('--source');
      expect(await everything()).toEqual(before);
    },
  );

  it('takes a Chinese source name', async () => {
    expect(await importStocks('中信 行情-2', file('closes.csv', LONG))).toMatchObject({ rowsNew: 3 });
    expect(await rowsOf('中信 行情-2')).toEqual(LONG_ROWS);
  });
});

describe('files that cannot be read', () => {
  const gzipped = gzipSync(
    Array.from({ length: 20_000 }, (_, index) =>
      index === 0 ? LONG[0] : `${600_000 + index},2024-01-02,${1 + Math.sin(index) ** 2}`,
    ).join('\n'),
  );

  it.each([
    ['empty', 'empty.csv', ''],
    ['empty, gzipped', 'empty.csv.gz', gzipSync('')],
    ['only blank', 'blank.csv', '\n\n\n'],
    ['empty Parquet', 'empty.parquet', ''],
    ['no Parquet', 'fake.parquet', 'PAR1 but not really PAR1'],
    ['another format', 'prices.xlsx', LONG.join('\n')],
    ['no gzip', 'plain.csv.gz', LONG.join('\n')],
    ['a broken gzip header', 'broken.csv.gz', gzipSync(LONG.join('\n')).subarray(0, 15)],
    ['a gzip cut off after its header line', 'cut.csv.gz', gzipped.subarray(0, gzipped.length - 2000)],
    [
      'a gzip with a flipped byte',
      'flipped.csv.gz',
      Buffer.concat([gzipped.subarray(0, 60_000), Buffer.from([gzipped[60_000] ^ 0xff]), gzipped.subarray(60_001)]),
    ],
    ['binary rubbish', 'rubbish.csv', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251))],
    [
      'rubbish below a good header',
      'below.csv',
      Buffer.concat([Buffer.from('code,date,close\n'), Buffer.from([0xff, 0xfe, 0x00, 0x81, 0x0a, 0xc3, 0x28, 0x0a])]),
    ],
    [
      'GBK text',
      'gbk.csv',
      Buffer.concat([
        Buffer.from('code,date,close\n600519,2024-01-02,'),
        Buffer.from([0xcd, 0xa3, 0xc5, 0xc6]),
        Buffer.from('\n'),
      ]),
    ],
    ['no code, date or close', 'header.csv', 'a,b,c\n1,2,3\n'],
    ['no date', 'nodate.csv', 'code,close\n600519,1\n'],
    ['a wide file with a column twice', 'twice.csv', 'date,600519,600519\n2024-01-02,1,2\n'],
    ['a long file with two closes', 'closes.csv', 'code,date,close,Close\n600519,2024-01-02,1,2\n'],
    ['two columns for the volume', 'volumes.csv', 'code,date,close,volume,volume_yigu\n600519,2024-01-02,1,2,3\n'],
    ['a date and nothing else', 'date.csv', 'date\n2024-01-02\n'],
    ['a line without end', 'long.csv', `code,date,close\n${'9'.repeat(9 * 1024 * 1024)}\n`],
    ['a header without end', 'longer.csv', 'x'.repeat(9 * 1024 * 1024)],
  ])('%s', async (_, name, content) => {
    const source = freshSource();
    const path = file(name, content);
    const before = await everything();
    const error = await refusal(importStocks(source, path));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(name);
    expect(error.message.length).toBeLessThan(500);
    expect(error.message).toMatch(/^\P{Cc}+$/u);
    expect(await everything()).toEqual(before);
  });

  it('says where a file stops being text, and which line does not end', async () => {
    const names = Buffer.from([0xcd, 0xa3, 0xc5, 0xc6]);
    const head = 'code,date,name,close\n600519,2024-01-02,';
    const gbk = file('gbk.csv', Buffer.concat([Buffer.from(head), names, Buffer.from(',1\n')]));
    expect((await refusal(importStocks('default', gbk))).message).toBe(
      'gbk.csv cannot be read: line 2: it is no UTF-8 text; save it as CSV in UTF-8.',
    );
    const long = file('long.csv', `${head}${'x'.repeat(9 * 1024 * 1024)},1\n`);
    expect((await refusal(importStocks('default', long))).message).toBe(
      'long.csv cannot be read: its line 2 is longer than 8 MiB.',
    );
  });

  it('a missing file and a directory', async () => {
    const missing = join(files, 'missing.csv');
    expect(await refusal(importStocks('default', missing))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${missing} cannot be read: ENOENT.`,
    });
    const directory = join(files, 'directory.csv');
    mkdirSync(directory, { recursive: true });
    expect(await refusal(importStocks('default', directory))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${directory} is not a file; name the files themselves.`,
    });
  });

  it('one unreadable file among good ones stops all', async () => {
    const source = freshSource();
    const before = await everything();
    const error = await refusal(importStocks(source, [file('good.csv', LONG), file('bad.csv', 'a,b\n')]));
    expect(error.message).toContain('bad.csv');
    expect(await everything()).toEqual(before);
  });

  it('a header without rows changes nothing', async () => {
    const source = freshSource();
    const before = await everything();
    expect(await importStocks(source, file('header.csv', 'code,date,close\n'))).toMatchObject({
      rowsRead: 0,
      rowsNew: 0,
    });
    expect(await importStocks(source, file('wide.csv', 'date,600519'))).toMatchObject({ rowsRead: 0, rowsNew: 0 });
    expect(await everything()).toEqual(before);
  });
});

describe('a lake that serves two databases', () => {
  it('keeps their files apart: an import sweeps its own strays and none of the other', async () => {
    const other = await openTestWorkspace();
    // The same DATA_DIR with another DATABASE_URL.
    const neighbour = await Workspace.open(readConfig({ ...other.environment, DATA_DIR: opened.environment.DATA_DIR }));
    try {
      const source = freshSource();
      await importStocks(source, file('own.csv', LONG));
      const own = parquetFiles();
      await runImport(neighbour, 'stock_daily', file('1.csv', ['date,600519', '2024-01-02,1']));
      await runImport(neighbour, 'stock_daily', file('2.csv', ['date,600519', '2024-01-02,2']));
      const longAgo = new Date(Date.now() - 11 * 60_000);
      for (const path of parquetFiles()) utimesSync(join(workspace.config.directories.lake, path), longAgo, longAgo);
      expect(parquetFiles()).toHaveLength(own.length + 2);
      await runImport(neighbour, 'stock_daily', file('2.csv', ['date,600519', '2024-01-02,2']));
      expect(parquetFiles()).toHaveLength(own.length + 1);
      expect(parquetFiles()).toEqual(expect.arrayContaining(own));
      expect(await rowsOf(source)).toEqual(LONG_ROWS);
      expect((await visible(neighbour)).rows).toEqual(['600519.SH 2024-01-02 - - - 2 - -']);
    } finally {
      await neighbour.close();
      await other.close();
    }
  });
});

describe('landing', () => {
  it('is refused where the data changed since the import began, though it held the lock', async () => {
    const source = freshSource();
    const { dataVersion } = await importStocks(source, file('first.csv', LONG));
    const rival = new Client({ connectionString: opened.environment.DATABASE_URL });
    await rival.connect();
    try {
      await rival.query('BEGIN; UPDATE market_state SET data_version = data_version + 1');
      const refused = refusal(importStocks(source, file('second.csv', ['date,600519', '2024-01-04,1669'])));
      const blocked = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(async () => (await workspace.store.manager.query(blocked)).length, { timeout: 20_000 }).toBe(1);
      await rival.query('COMMIT');
      expect(await refused).toMatchObject({
        code: 'IMPORT_REJECTED',
        message: 'The data changed while this import was prepared; nothing was imported. Run it again.',
      });
    } finally {
      await rival.end();
    }
    expect(await visible(workspace, source)).toEqual({ dataVersion: dataVersion + 1, rows: LONG_ROWS });
    expect(await importStocks(source, file('second.csv', ['date,600519', '2024-01-04,1669']))).toMatchObject({
      rowsNew: 1,
      dataVersion: dataVersion + 2,
    });
  });

  it('tells of a landed import as landed though the connection with the lock was lost', async () => {
    const source = freshSource();
    const rival = new Client({ connectionString: opened.environment.DATABASE_URL });
    await rival.connect();
    try {
      await rival.query('BEGIN; LOCK TABLE import_log IN ACCESS EXCLUSIVE MODE');
      const landing = importStocks(source, file('first.csv', LONG));
      const holder = `FROM pg_locks WHERE locktype = 'advisory' AND objid = ${ADVISORY_LOCK.import} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      const blocked = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(async () => (await workspace.store.manager.query(blocked)).length, { timeout: 20_000 }).toBe(1);
      expect((await rival.query(`SELECT pg_terminate_backend(pid, 5000) ${holder}`)).rowCount).toBe(1);
      await rival.query('COMMIT');
      expect(await landing).toMatchObject({ rowsNew: 3 });
    } finally {
      await rival.end();
    }
    expect(await rowsOf(source)).toEqual(LONG_ROWS);
  });

  it('begins the grace of the files it replaces before it commits', async () => {
    const source = freshSource();
    await importStocks(source, file('first.csv', LONG));
    const own = parquetFiles().filter((path) => path.includes(`source=${source}/`));
    const replaced = join(workspace.config.directories.lake, own[0] as string);
    const longAgo = new Date(Date.now() - 11 * 60_000);
    utimesSync(replaced, longAgo, longAgo);
    const rival = new Client({ connectionString: opened.environment.DATABASE_URL });
    await rival.connect();
    try {
      await rival.query('BEGIN; SELECT * FROM market_state FOR UPDATE');
      const landing = importStocks(source, file('second.csv', ['date,600519', '2024-01-04,1669']));
      await expect.poll(() => statSync(replaced).mtimeMs, { timeout: 20_000 }).toBeGreaterThan(Date.now() - 60_000);
      await rival.query('ROLLBACK');
      expect(await landing).toMatchObject({ rowsNew: 1 });
    } finally {
      await rival.end();
    }
  });
});

describe('two processes at once', () => {
  const run = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...opened.environment } });
      let output = '';
      child.stdout.on('data', (text) => {
        output += text;
      });
      child.stderr.on('data', (text) => {
        output += text;
      });
      child.on('close', (code) => done({ code, output }));
    });

  it('wait for each other, and both imports land', async () => {
    const source = freshSource();
    const day = (name: string, date: string): string => file(name, ['date,600519', `${date},1`]);
    const { dataVersion } = await importStocks(source, day('zero.csv', '2024-01-02'));
    const [first, second, third] = await Promise.all([
      run('import', 'stock_daily', day('one.csv', '2024-01-03'), '--source', source),
      run('import', 'stock_daily', day('two.csv', '2024-01-04'), '--source', source),
      importStocks(source, day('three.csv', '2024-01-05')),
    ]);
    expect([first, second].map(({ code }) => code)).toEqual([0, 0]);
    expect(first.output).toContain(`stock_daily: ${basename('one.csv')}`);
    expect(third.rowsNew).toBe(1);
    const after = await visible(workspace, source);
    expect(after.dataVersion).toBe(dataVersion + 3);
    expect(after.rows).toEqual(['02', '03', '04', '05'].map((day) => `600519.SH 2024-01-${day} - - - 1 - -`));
  });

  it('the command tells a refusal plainly, with exit status 1', async () => {
    const { code, output } = await run(
      'import',
      'stock_daily',
      file('bad.csv', ['code,date,close', '600519,2024-01-02,x']),
    );
    expect(code).toBe(1);
    expect(output).toBe(
      'IMPORT_REJECTED: 1 bad row; nothing was imported. Correct the file, or set the rows aside with --quarantine.\n' +
        '  bad.csv, line 2, column close: "x" is not a number\n',
    );
  });
});
