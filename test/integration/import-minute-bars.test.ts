import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { MigrationInterface } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMinute, SESSIONS } from '#lundong/domain/intraday-slots.js';
import type { LocalDate } from '#lundong/domain/local-date.js';
import type { BarMinutes } from '#lundong/domain/price-series.js';
import { literal, literals, rows } from '#lundong/lake/duckdb.js';
import type { ImportReport } from '#lundong/lake/import/import-report.js';
import type { ImportRequest } from '#lundong/lake/import/import-request.js';
import { Importer } from '#lundong/lake/import/importer.js';
import type { MarketChange } from '#lundong/lake/market-change.js';
import type { MinuteBarSeries } from '#lundong/lake/market-series.js';
import { loadSlotDays, type SlotDay } from '#lundong/lake/minute-bars.js';
import type { Workspace } from '#lundong/workspace.js';
import { openTestWorkspace, type TestWorkspace } from '../support/database.js';
import { duckdbRun, refusal, runImport, writeTable } from '../support/import-helpers.js';

let opened: TestWorkspace;
let workspace: Workspace;
beforeAll(async () => {
  opened = await openTestWorkspace();
  workspace = opened.workspace;
});
afterAll(() => opened.close());

let sources = 0;
/** Series of different sources never meet: a source of its own is as good as an empty lake. */
const freshSource = (): string => `source-${++sources}`;
const file = (name: string, content: string | Buffer | readonly string[]): string =>
  writeTable(join(opened.directory, 'files', String(sources)), name, content);
const load = (source: string, paths: string | string[], options: Partial<ImportRequest> = {}): Promise<ImportReport> =>
  runImport(workspace, 'minute_bar', paths, { source, ...options });

/** Times at which the bars of a day end. */
function times(barMinutes: BarMinutes, withAuction = false): string[] {
  const ends = SESSIONS.flatMap(({ from, to }) =>
    Array.from({ length: (to - from) / barMinutes }, (_, index) => formatMinute(from + (index + 1) * barMinutes)),
  );
  return withAuction ? ['09:30', ...ends] : ends;
}

const HEADER = 'code,datetime,open,high,low,close,volume,amount';
/** A whole day of bars, closes rising by 0.1 from 10. */
function day(code: string, date: string, barMinutes: BarMinutes, withAuction = false): string[] {
  return times(barMinutes, withAuction).map((time, index) => {
    const close = (100 + index) / 10;
    return `${code},${date} ${time},${close},${close + 0.1},${close - 0.1},${close},100,${close * 100}`;
  });
}

async function seriesOf(source: string, barMinutes?: BarMinutes): Promise<MinuteBarSeries> {
  const market = (await workspace.markets()).current();
  const found = market.minuteBars.filter(
    (one) => one.source === source && (barMinutes === undefined || one.barMinutes === barMinutes),
  );
  expect(found).toHaveLength(1);
  return found[0] as MinuteBarSeries;
}

/** `code date HH:MM open close volume amount` of every row; "-" where there is nothing. */
async function barsOf(source: string): Promise<string[]> {
  const { files } = await seriesOf(source);
  const found = await workspace.duckdb.use((connection) =>
    rows(
      connection,
      `SELECT code, date, minute, open, close, volume, amount FROM read_parquet(${literals(files)}) ORDER BY 1, 2, 3`,
    ),
  );
  return found.map(([code, date, minute, ...values]) =>
    [code, date, formatMinute(Number(minute)), ...values.map((value) => value ?? '-')].join(' '),
  );
}

async function slotDays(series: MinuteBarSeries, ...dates: string[]): Promise<SlotDay[]> {
  const days: SlotDay[] = [];
  for await (const one of loadSlotDays(workspace.duckdb, series, dates as LocalDate[])) days.push(one);
  return days;
}

const manifestOf = (source: string): Promise<{ period: number; rows: number; days: number[] }[]> =>
  workspace.store.manager.query(
    `SELECT period, rows, days FROM lake_file JOIN price_series ON id = series_id WHERE source = $1 ORDER BY period`,
    [source],
  );

const FEW = [
  HEADER,
  '600519.SH,2025-11-20 09:35,10,11,9,10.5,300,3100.5',
  '600519.SH,2025-11-20 09:40,10.5,11,10,10.6,200,2110',
  '000001.SZ,2025-11-21 15:00,9,9,9,9,0,0',
];
const FEW_ROWS = [
  '000001.SZ 2025-11-21 15:00 9 9 0 0',
  '600519.SH 2025-11-20 09:35 10 10.5 300 3100.5',
  '600519.SH 2025-11-20 09:40 10.5 10.6 200 2110',
];

describe('forms of files', () => {
  const tushare = FEW.join('\n').replace(HEADER, 'ts_code,trade_time,open,high,low,close,vol,amount');
  it.each([
    ['CSV', 'bars.csv', FEW.join('\n')],
    ['gzipped CSV', 'bars.csv.gz', gzipSync(FEW.join('\r\n'))],
    ['Tushare’s names, shares and yuan', 'bars.csv', tushare.replaceAll(/(\d\d:\d\d),/g, '$1:00,')],
    ['times as data frames write them', 'bars.csv', FEW.join('\n').replaceAll(/ (\d\d:\d\d),/g, 'T$1:00.000,')],
    ['compact times', 'bars.csv', FEW.join('\n').replaceAll(/2025-11-(\d\d) (\d\d):(\d\d)/g, '202511$1$2$300')],
    [
      'compact times of milliseconds',
      'bars.csv',
      FEW.join('\n').replaceAll(/2025-11-(\d\d) (\d\d):(\d\d)/g, '202511$1$2$300000'),
    ],
    ['codes without exchange', 'bars.csv', FEW.join('\n').replaceAll(/\.S[HZ]/g, '')],
  ])('%s', async (_, name, content) => {
    const source = freshSource();
    expect(await load(source, file(name, content))).toMatchObject({
      series: `minute_bar (5 min) of source "${source}", adjustment none`,
      rowsRead: 3,
      rowsNew: 3,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsQuarantined: 0,
      datesTouched: 2,
      firstDate: '2025-11-20',
      lastDate: '2025-11-21',
      remarks: [],
    });
    expect(await barsOf(source)).toEqual(FEW_ROWS);
  });

  it.each([
    ['600001.BJ.csv', '600001.BJ'],
    ['600001_XSHG.csv', '600001.SH'],
    ['bj.430001_5min.csv', '430001.BJ'],
    ['sh000001.csv', '000001.SH'],
    ['600001_5min.csv', '600001.SH'],
    ['bash_600001_sha.csv', '600001.SH'],
  ])('without codes, of %s', async (name, code) => {
    const source = freshSource();
    await load(source, file(name, ['datetime,close', '2025-11-20 09:35,10']), { barMinutes: 5 });
    expect(await barsOf(source)).toEqual([`${code} 2025-11-20 09:35 - 10 - -`]);
  });

  it.each(['TIMESTAMP', 'TIMESTAMP_NS', 'VARCHAR'])('Parquet with times as %s', async (type) => {
    const source = freshSource();
    const path = file('bars.parquet', '');
    await duckdbRun(
      workspace.config.directories.temporary,
      `COPY (SELECT c AS code, t::${type} AS datetime, o AS open, p AS close, v AS volume, a AS amount FROM (VALUES
         ('600519.SH', '2025-11-20 09:35:00', 10, 10.5, 300::BIGINT, 3100.5),
         ('600519.SH', '2025-11-20 09:40:00', 10.5, 10.6, 200, 2110),
         ('000001.SZ', '2025-11-21 15:00:00', 9, 9, 0, 0)) b (c, t, o, p, v, a)) TO ${literal(path)} (FORMAT parquet)`,
    );
    await load(source, path);
    expect(await barsOf(source)).toEqual(FEW_ROWS);
  });

  it('a file without codes: the six digits in its name, with a remark', async () => {
    const source = freshSource();
    const bars = (close: string): string[] => [
      'datetime,close,volume',
      `2025-11-20 09:45,${close},1`,
      `2025-11-20 10:00,${close},1`,
    ];
    const paths = [file('sample_600519_15min.csv', bars('10')), file('sz000001-20251120.csv', bars('9'))];
    const report = await load(source, paths);
    expect(report.remarks).toEqual([
      'no column of codes: taken from the files’ names, 600519.SH from sample_600519_15min.csv, 000001.SZ from sz000001-20251120.csv'.replace(
        '’',
        "'",
      ),
    ]);
    expect(await barsOf(source)).toEqual([
      '000001.SZ 2025-11-20 09:45 - 9 1 -',
      '000001.SZ 2025-11-20 10:00 - 9 1 -',
      '600519.SH 2025-11-20 09:45 - 10 1 -',
      '600519.SH 2025-11-20 10:00 - 10 1 -',
    ]);
  });

  it('Tushare’s volume is in shares without its code as well', async () => {
    const source = freshSource();
    await load(
      source,
      file('600519.csv', ['trade_time,close,vol,amount', '2025-11-20 09:45:00,10,7,70', '2025-11-20 10:00:00,10,8,80']),
    );
    expect(await barsOf(source)).toEqual([
      '600519.SH 2025-11-20 09:45 - 10 7 70',
      '600519.SH 2025-11-20 10:00 - 10 8 80',
    ]);
  });

  it.each([
    ['no code anywhere', 'bars.csv', 'datetime,close', 'no stock code of six digits either'],
    ['two exchanges in the name', 'sh600519.BJ.csv', 'datetime,close', 'tells more than one (600519.SH, 600519.BJ)'],
    ['two codes in the name', '600519_000001.csv', 'datetime,close', 'tells more than one (600519.SH, 000001.SZ)'],
    ['dates without times', 'bars.csv', 'code,date,close', 'needs date and time in one column (datetime, trade_time)'],
    ['no close', '600519.csv', 'datetime,open', 'and close; it has datetime, open'],
  ])('refused: %s', async (_, name, header, message) => {
    const error = await refusal(load(freshSource(), file(name, [header, '2025-11-20 09:45,1'])));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(message);
  });
});

describe('the length of the bars', () => {
  it.each([1, 5, 15] as const)('of %i minutes is told by the data', async (barMinutes) => {
    const source = freshSource();
    const report = await load(source, file('bars.csv', [HEADER, ...day('600519', '2025-11-20', barMinutes)]));
    expect(report).toMatchObject({ rowsNew: 240 / barMinutes, remarks: [] });
    expect((await seriesOf(source)).barMinutes).toBe(barMinutes);
  });

  it('of the opening auction is none: 241 bars of a minute', async () => {
    const source = freshSource();
    expect(await load(source, file('bars.csv', [HEADER, ...day('600519', '2025-11-20', 1, true)]))).toMatchObject({
      rowsNew: 241,
    });
    expect((await seriesOf(source)).barMinutes).toBe(1);
  });

  it('survives missing bars and missing days', async () => {
    const source = freshSource();
    const bars = [...day('600519', '2025-11-18', 5), ...day('600519', '2025-11-20', 5)].filter(
      (_, index) => index % 4 !== 1,
    );
    expect(await load(source, file('bars.csv', [HEADER, ...bars]))).toMatchObject({ rowsNew: 72, datesTouched: 2 });
    expect((await seriesOf(source)).barMinutes).toBe(5);
    expect(await manifestOf(source)).toEqual([
      { period: 20251118, rows: 36, days: [20410] },
      { period: 20251120, rows: 36, days: [20412] },
    ]);
  });

  it('cannot be told from one bar, but declared', async () => {
    const source = freshSource();
    const path = file('bars.csv', ['code,datetime,close', '600519,2025-11-20 09:45,10']);
    const error = await refusal(load(source, path));
    expect([error.code, error.message]).toEqual([
      'INVALID_ARGUMENT',
      'The length of the bars cannot be told from one bar a day; say --bar-minutes 1, 5 or 15.',
    ]);
    await load(source, path, { barMinutes: 5 });
    expect((await seriesOf(source)).barMinutes).toBe(5);
  });

  it('of half an hour is refused', async () => {
    const path = file('bars.csv', ['code,datetime,close', '600519,2025-11-20 10:00,10', '600519,2025-11-20 10:30,10']);
    const error = await refusal(load(freshSource(), path));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('The bars lie 30 minutes apart; only bars of 1, 5 and 15 minutes are taken.');
  });

  it.each([
    [
      'in two files',
      (): string[] => [
        file('a.csv', [HEADER, ...day('600519', '2025-11-20', 5)]),
        file('b.csv', [HEADER, ...day('600519', '2025-11-21', 15)]),
      ],
      'b.csv has bars of 15 minutes (2025-11-21)',
    ],
    [
      'of two stocks in one file',
      (): string[] => [file('a.csv', [HEADER, ...day('600519', '2025-11-20', 15), ...day('000001', '2025-11-20', 1)])],
      'a.csv has bars of 15 minutes (2025-11-20)',
    ],
  ])('mixed %s is refused', async (_, write, where) => {
    const source = freshSource();
    const error = await refusal(load(source, write()));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('minutes are mixed: ');
    expect(error.message).toContain(where);
    expect(await manifestOf(source)).toEqual([]);
  });

  it('declared against the data is refused', async () => {
    const path = file('bars.csv', [HEADER, ...day('600519', '2025-11-20', 5)]);
    const error = await refusal(load(freshSource(), path, { barMinutes: 15 }));
    expect(error.message).toBe('--bar-minutes 15 does not fit: bars.csv has bars of 5 minutes (2025-11-20).');
  });

  it('makes series of their own', async () => {
    const source = freshSource();
    for (const barMinutes of [5, 15] as const)
      await load(source, file(`${barMinutes}.csv`, [HEADER, ...day('600519', '2025-11-20', barMinutes)]));
    expect([(await seriesOf(source, 5)).rows, (await seriesOf(source, 15)).rows]).toEqual([48, 16]);
  });

  it('is for minute bars alone', async () => {
    const path = file('prices.csv', ['date,600519', '2025-11-20,1']);
    const error = await refusal(runImport(workspace, 'stock_daily', path, { barMinutes: 5 }));
    expect([error.code, error.message]).toEqual([
      'INVALID_ARGUMENT',
      '--bar-minutes 5 is for minute_bar; leave it out for stock_daily.',
    ]);
  });
});

describe('bad rows', () => {
  const good = day('600519.SH', '2025-11-20', 5);
  it.each([
    [
      'before the open',
      '600519,2025-11-21 09:25,1',
      'time',
      '2025-11-21 09:25',
      'lies outside trading, 09:30 to 11:30 and 13:00 to 15:00',
    ],
    [
      'at noon',
      '600519,2025-11-21 11:35,1',
      'time',
      '2025-11-21 11:35',
      'lies outside trading, 09:30 to 11:30 and 13:00 to 15:00',
    ],
    [
      'after the close',
      '600519,2025-11-21 15:05,1',
      'time',
      '2025-11-21 15:05',
      'lies outside trading, 09:30 to 11:30 and 13:00 to 15:00',
    ],
    [
      'between two bars',
      '600519,2025-11-21 09:37,1',
      'time',
      '2025-11-21 09:37',
      'is not where a bar of 5 minutes ends',
    ],
    [
      'with seconds',
      '600519,2025-11-21 09:35:30,1',
      'time',
      '2025-11-21 09:35:30',
      'has seconds other than 00; bars end on whole minutes, write it as YYYY-MM-DD HH:MM',
    ],
    [
      'with compact seconds',
      '600519,20251121093530,1',
      'time',
      '20251121 093530',
      'has seconds other than 00; bars end on whole minutes, write it as YYYY-MM-DD HH:MM',
    ],
    [
      'in another zone',
      '600519,2025-11-21 09:35:00+08,1',
      'time',
      '2025-11-21 09:35:00+08',
      'has no time; write it as YYYY-MM-DD HH:MM',
    ],
    ['without a time', '600519,2025-11-21,1', 'time', '2025-11-21', 'has no time; write it as YYYY-MM-DD HH:MM'],
    [
      'on a Saturday',
      '600519,2025-11-22 09:35,1',
      'date',
      '2025-11-22 09:35',
      'is no trading day; if the exchanges were open, import the calendar first',
    ],
    ['on no date', '600519,yesterday,1', 'date', 'yesterday', 'is no date; write it as YYYY-MM-DD or YYYYMMDD'],
    [
      'of no stock',
      '5x,2025-11-21 09:35,1',
      'code',
      '5x',
      'is no code of minute_bar; write it like 600519.SH, or six digits',
    ],
    [
      'of a code with a NUL',
      '600519\0.SH,2025-11-21 09:35,1',
      'code',
      '600519\0.SH',
      'is no code of minute_bar; write it like 600519.SH, or six digits',
    ],
    [
      'on a date with a NUL',
      "600519,2025-11\0'1 09:35,1",
      'date',
      "2025-11\0'1 09:35",
      'is no date; write it as YYYY-MM-DD or YYYYMMDD',
    ],
    [
      'with a NUL in its time',
      '600519,2025-11-21 09:\0,1',
      'time',
      '2025-11-21 09:\0',
      'has no time; write it as YYYY-MM-DD HH:MM',
    ],
    ['without a close', '600519,2025-11-21 09:35,', 'close', '', 'is empty; a row without a close says nothing'],
    ['with a close of zero', '600519,2025-11-21 09:35,0', 'close', '0', 'a close must be above zero'],
    [
      'that contradicts another',
      '600519,2025-11-20 09:40,99',
      'close',
      '99',
      'contradicts another row of the same code, date and time',
    ],
  ])('%s', async (_, line, column, value, reason) => {
    const source = freshSource();
    const paths = [file('good.csv', [HEADER, ...good]), file('bad.csv', ['code,datetime,close', line])];
    const error = await refusal(load(source, paths));
    expect(error.code).toBe('IMPORT_REJECTED');
    const bad = { file: 'bad.csv', line: 2, column, value, reason };
    expect(error.details.rows).toContainEqual(bad);
    expect(await manifestOf(source)).toEqual([]);

    const contradicted = reason.startsWith('contradicts') ? 1 : 0;
    const report = await load(source, paths, { quarantine: true });
    expect(report).toMatchObject({ rowsRead: 49, rowsNew: 48 - contradicted, rowsQuarantined: 1 + contradicted });
    expect(readFileSync(report.quarantineFile as string, 'utf8')).toContain(
      `"bad.csv","2","${column}","${value}","${reason}"`,
    );
  });

  it('of a code with a NUL in Parquet', async () => {
    const source = freshSource();
    const path = file('bars.parquet', '');
    await duckdbRun(
      join(opened.directory, 'duckdb'),
      `COPY (SELECT unnest(['600519', '600519' || chr(0)]) AS code, '2025-11-20 09:31' AS datetime, 10 AS close)
       TO ${literal(path)} (FORMAT parquet)`,
    );
    const error = await refusal(load(source, path, { barMinutes: 1 }));
    const bad = { file: 'bars.parquet', line: 3, column: 'code', value: '600519\0' };
    expect([error.code, error.details.rows]).toEqual(['IMPORT_REJECTED', [expect.objectContaining(bad)]]);
    expect(error.message).toContain('line 3, column code: "600519\\u0000" is no code of minute_bar');
    const report = await load(source, path, { barMinutes: 1, quarantine: true });
    expect(report).toMatchObject({ rowsNew: 1, rowsQuarantined: 1 });
  });

  it('a column of Parquet with a NUL in its name is refused with the file', async () => {
    const path = file('bars.parquet', '');
    await duckdbRun(
      join(opened.directory, 'duckdb'),
      `COPY (SELECT '600519' AS code, '2025-11-20 09:31' AS datetime, 10 AS close, 1 AS x_y) TO ${literal(path)} (FORMAT parquet)`,
    );
    const bytes = readFileSync(path).toString('latin1').replaceAll('x_y', 'x\0y');
    const error = await refusal(load(freshSource(), file('nul.parquet', Buffer.from(bytes, 'latin1'))));
    expect([error.code, error.message]).toEqual([
      'FILE_UNREADABLE',
      'nul.parquet cannot be read: the name of its column "x\\u0000y" holds a NUL; name it without.',
    ]);
  });

  it('all of them: nothing lands', async () => {
    const source = freshSource();
    const path = file('bad.csv', ['code,datetime,close', '600519,2025-11-20 09:35,x']);
    expect(await load(source, path, { quarantine: true })).toMatchObject({ rowsNew: 0, rowsQuarantined: 1 });
    expect(await manifestOf(source)).toEqual([]);
  });

  it('bars that are named by their begin are refused as a whole', async () => {
    const begins = ['09:30', ...times(15).filter((time) => !['11:30', '15:00'].includes(time)), '13:00'].sort();
    expect(begins).toHaveLength(16);
    const path = file('bars.csv', ['code,datetime,close', ...begins.map((time) => `600519,2025-11-20 ${time},10`)]);
    const error = await refusal(load(freshSource(), path));
    expect([error.code, error.message]).toEqual([
      'IMPORT_REJECTED',
      'The bars seem to be named by the minute at which they begin: there are some of 11:15 and 13:00, none of 11:30 or 15:00; ' +
        'nothing was imported. Name each by its end.',
    ]);
  });

  describe('days of a stock that are named by their begins', () => {
    const begins = ['09:30', ...times(15).filter((time) => !['11:30', '15:00'].includes(time)), '13:00'].sort();
    const lines = (labels: readonly string[]) => labels.map((time) => `600519,2025-11-20 ${time},10,11,9,10,1,10`);
    it.each([
      ['whole', begins],
      ['of a morning', begins.filter((time) => time < '12:00')],
      ['of an afternoon', begins.filter((time) => time > '12:00')],
      ['with gaps', begins.filter((time) => time !== '13:00' && time !== '10:00')],
    ])('%s, among others', async (_, labels) => {
      const source = freshSource();
      const path = file('bars.csv', [HEADER, ...lines(labels), ...day('000001', '2025-11-20', 15)]);
      const reason =
        'is of a day that seems named by the begins of its bars: with 09:30 or 13:00, without 11:30 and 15:00; name each bar by its end';
      const error = await refusal(load(source, path));
      expect([error.code, error.details.count]).toEqual(['IMPORT_REJECTED', labels.length]);
      const first = { file: 'bars.csv', line: 2, column: 'time', value: `2025-11-20 ${labels[0]}`, reason };
      expect(error.details.rows).toContainEqual(first);
      expect(await load(source, path, { quarantine: true })).toMatchObject({
        rowsNew: 16,
        rowsQuarantined: labels.length,
      });
    });

    it('but not one with an auction, nor one of single minutes that ends early', async () => {
      const auction = file('auction.csv', [HEADER, ...day('600519', '2025-11-20', 15, true)]);
      expect(await load(freshSource(), auction)).toMatchObject({ rowsNew: 17 });
      const early = day('600519', '2025-11-20', 1, true).slice(0, 60);
      expect(await load(freshSource(), file('early.csv', [HEADER, ...early]))).toMatchObject({ rowsNew: 60 });
    });
  });

  it.each([
    [
      'asked for',
      'bars.csv',
      { adjustment: 'hfq' as const },
      'minute_bar has no adjusted prices; leave out --adjust hfq.',
    ],
    [
      'told by the name',
      '600519_qfq_5min.csv',
      {},
      "A file's name tells qfq prices; minute_bar takes prices as traded. If they are, say --adjust none.",
    ],
  ])('adjusted prices, %s, are refused', async (_, name, options, message) => {
    const error = await refusal(load(freshSource(), file(name, [HEADER, ...good]), options));
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', message]);
  });
});

describe('what is no fault', () => {
  it('an open of zero is taken as missing', async () => {
    const source = freshSource();
    const report = await load(
      source,
      file('bars.csv', [HEADER, '600519,2025-11-20 09:31,0,10,9,10,1,10', '600519,2025-11-20 09:32,0,10,9,9.5,1,9']),
    );
    expect(report.remarks).toEqual(['2 rows with an open, high or low of zero beside a valid close: taken as missing']);
    expect(await barsOf(source)).toEqual([
      '600519.SH 2025-11-20 09:31 - 10 1 10',
      '600519.SH 2025-11-20 09:32 - 9.5 1 9',
    ]);
  });

  it('rows of zeros, on days of a suspension, are left out', async () => {
    const source = freshSource();
    const suspended = times(5).map((time) => `000001,2025-11-20 ${time},0,0,0,0,0,0`);
    const report = await load(source, file('bars.csv', [HEADER, ...day('600519', '2025-11-20', 5), ...suspended]));
    expect(report).toMatchObject({
      rowsRead: 96,
      rowsNew: 48,
      remarks: ['48 rows of zeros, as of suspended stocks: left out'],
    });
  });

  it('an ex-dividend fall from day to day is not pointed out, a jump inside a day is', async () => {
    const source = freshSource();
    const bars = [
      '600519,2025-11-20 14:55,20',
      '600519,2025-11-20 15:00,20',
      '600519,2025-11-21 09:35,10',
      '600519,2025-11-21 09:40,15',
    ];
    const report = await load(source, file('bars.csv', ['code,datetime,close', ...bars]));
    expect(report.remarks).toEqual([
      '1 closes moved more than 30 % from bar to bar, e.g. 600519.SH 2025-11-21 09:40 50.0 %: taken, but worth a look',
    ]);
  });

  it('a repeated bar with the same values is taken once', async () => {
    const source = freshSource();
    const report = await load(source, file('bars.csv', [...FEW, FEW[1] as string]));
    expect(report).toMatchObject({
      rowsRead: 4,
      rowsNew: 3,
      remarks: ['1 repeated rows with the same values: taken once'],
    });
    expect(await barsOf(source)).toEqual(FEW_ROWS);
  });
});

describe('merging', () => {
  it('the same file again changes nothing', async () => {
    const source = freshSource();
    const path = file('bars.csv', FEW);
    const first = await load(source, path);
    const before = await manifestOf(source);
    expect(await load(source, path)).toMatchObject({
      rowsNew: 0,
      rowsChanged: 0,
      rowsUnchanged: 3,
      datesTouched: 0,
      dataVersion: first.dataVersion,
    });
    expect(await manifestOf(source)).toEqual(before);
  });

  it('a corrected bar keeps the others of its day, and the cells that the file lacks', async () => {
    const source = freshSource();
    await load(source, file('bars.csv', FEW));
    const correction = file('more.csv', [
      'code,datetime,close,volume',
      '600519,2025-11-20 09:40,10.7,',
      '600519,2025-11-20 09:45,10.8,5',
    ]);
    expect(await load(source, correction)).toMatchObject({ rowsNew: 1, rowsChanged: 1, datesTouched: 1 });
    expect(await barsOf(source)).toEqual([
      ...FEW_ROWS.slice(0, 2),
      '600519.SH 2025-11-20 09:40 10.5 10.7 200 2110',
      '600519.SH 2025-11-20 09:45 - 10.8 5 -',
    ]);
  });

  it('writes the files of the touched days alone, and tells exactly these', async () => {
    const source = freshSource();
    const changes: MarketChange[] = [];
    const importer = new Importer(
      workspace.store,
      workspace.duckdb,
      workspace.config.directories,
      workspace.etfRules,
      async (_, change) => {
        changes.push(change);
      },
    );
    const request = {
      actor: 'test',
      dataset: 'minute_bar',
      source,
      adjustment: null,
      validFrom: null,
      barMinutes: null,
      quarantine: false,
    } as const;
    await importer.run({
      ...request,
      paths: [file('bars.csv', [HEADER, ...day('600519', '2025-11-20', 15), ...day('600519', '2025-11-21', 15)])],
    });
    const paths = async (): Promise<string[]> =>
      (
        await workspace.store.manager.query(
          'SELECT path FROM lake_file JOIN price_series ON id = series_id WHERE source = $1 ORDER BY period',
          [source],
        )
      ).map(({ path }: { path: string }) => path);
    const [thursday, friday] = await paths();
    // Volume alone: no factor of closes would be told of it.
    await importer.run({
      ...request,
      paths: [
        file('more.csv', [
          'code,datetime,close,volume',
          '600519,2025-11-21 09:45,10,7',
          '600519,2025-11-21 10:00,10.1,7',
        ]),
      ],
    });
    const after = await paths();
    expect(after[0]).toBe(thursday);
    expect(after[1]).not.toBe(friday);
    const series = { dataset: 'minute_bar', source, adjustment: 'none', barMinutes: 15 };
    expect(changes).toEqual([
      { kind: 'bars', series, seriesId: expect.any(Number), dates: ['2025-11-20', '2025-11-21'] },
      { kind: 'bars', series, seriesId: expect.any(Number), dates: ['2025-11-21'] },
    ]);
  });

  it('more days than are merged at once', async () => {
    const source = freshSource();
    const calendar = (await workspace.markets()).current().calendar;
    const dates = calendar.between('2025-01-02' as LocalDate, '2025-06-30' as LocalDate);
    const bars = (close: number, some: readonly string[]): string[] =>
      some.flatMap((date) => [`600519,${date} 09:45,${close}`, `600519,${date} 10:00,${close}`]);
    const write = (name: string, lines: string[]): string => file(name, ['code,datetime,close', ...lines]);
    await load(source, write('all.csv', bars(10, dates)));
    const odd = dates.filter((_, index) => index % 2 === 1);
    expect(await load(source, write('odd.csv', [...bars(11, odd), ...bars(10, [dates[0] as string])]))).toMatchObject({
      rowsChanged: 2 * odd.length,
      rowsUnchanged: 2,
      datesTouched: odd.length,
    });
    expect(await barsOf(source)).toEqual(
      dates.flatMap((date, index) =>
        ['09:45', '10:00'].map((time) => `600519.SH ${date} ${time} - ${index % 2 === 1 ? 11 : 10} - -`),
      ),
    );
    expect((await manifestOf(source)).map(({ rows, days }) => [rows, days.length])).toEqual(dates.map(() => [2, 1]));
  });
});

describe('slots', () => {
  it('1-, 5- and 15-minute bars of the same trading give the same', async () => {
    const source = freshSource();
    const codes = ['000001.SZ', '600519.SH'];
    const dates = ['2025-11-20', '2025-11-21'];
    let seed = 7;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const minutes = codes.flatMap((code) =>
      dates.flatMap((date) => {
        let last = 10 + 5 * random();
        return times(1).map((time) => {
          const open = last;
          last *= 1 + 0.002 * (random() - 0.5);
          const volume = Math.floor(10_000 * random());
          return { code, date, time, open, close: last, volume, amount: Number((volume * last).toFixed(2)) };
        });
      }),
    );
    for (const barMinutes of [1, 5, 15] as const) {
      const lines = Array.from({ length: minutes.length / barMinutes }, (_, index) => {
        const bars = minutes.slice(index * barMinutes, (index + 1) * barMinutes);
        const [first, last] = [bars[0] as (typeof bars)[0], bars.at(-1) as (typeof bars)[0]];
        const sum = (column: 'volume' | 'amount'): number => bars.reduce((total, bar) => total + bar[column], 0);
        return [last.code, `${last.date} ${last.time}`, first.open, last.close, sum('volume'), sum('amount')].join(',');
      });
      await load(source, file(`${barMinutes}.csv`, ['code,datetime,open,close,volume,amount', ...lines]));
    }
    const [one, five, fifteen] = (await Promise.all(
      ([1, 5, 15] as const).map(async (barMinutes) => slotDays(await seriesOf(source, barMinutes), ...dates)),
    )) as [SlotDay[], SlotDay[], SlotDay[]];
    expect(fifteen.map(({ date, codes }) => [date, codes])).toEqual(dates.map((date) => [date, codes]));
    for (const other of [one, five])
      fifteen.forEach((expected, index) => {
        const found = other[index] as SlotDay;
        expect([found.date, found.codes]).toEqual([expected.date, expected.codes]);
        expect(found.open).toEqual(expected.open);
        expect(found.close).toEqual(expected.close);
        expect(found.volume).toEqual(expected.volume);
        expect(found.amount).toHaveLength(32);
        found.amount.forEach((amount, cell) => {
          expect(Math.abs(amount / (expected.amount[cell] as number) - 1)).toBeLessThan(1e-12);
        });
      });
  });

  it('the auction opens the first; a missing open is the close before; a slot without bars is empty', async () => {
    const source = freshSource();
    const lines = [
      '600519,2025-11-20 09:30,0,10,1,10',
      '600519,2025-11-20 09:31,0,11,2,22',
      '600519,2025-11-20 09:45,12,12,3,36',
      '600519,2025-11-20 09:46,0,13,4,52',
      '600519,2025-11-20 13:01,0,14,5,',
      '600519,2025-11-20 13:02,99,15,,',
      '000001,2025-11-20 09:31,0,20,6,120',
      '000001,2025-11-20 13:00,21,21,7,147',
      '000001,2025-11-20 15:00,21,22,8,176',
    ];
    await load(source, file('bars.csv', ['code,datetime,open,close,volume,amount', ...lines]));
    const [found] = (await slotDays(await seriesOf(source), '2025-11-20')) as [SlotDay];
    const empty = (cells: Record<number, number>): Float64Array =>
      Float64Array.from({ length: 32 }, (_, index) => cells[index] ?? Number.NaN);
    expect(found.codes).toEqual(['000001.SZ', '600519.SH']);
    expect(found.open).toEqual(empty({ 8: 21, 15: 21, 16: 10, 17: 12, 24: 13 }));
    expect(found.close).toEqual(empty({ 0: 20, 8: 21, 15: 22, 16: 12, 17: 13, 24: 15 }));
    expect(found.volume).toEqual(empty({ 0: 6, 8: 7, 15: 8, 16: 6, 17: 4, 24: 5 }));
    expect(found.amount).toEqual(empty({ 0: 120, 8: 147, 15: 176, 16: 68, 17: 52 }));
  });

  it('days come in order, each with its own codes; days that are not held are left out', async () => {
    const source = freshSource();
    await load(
      source,
      file('bars.csv', [
        HEADER,
        ...day('600519', '2025-11-18', 15),
        ...day('000001', '2025-11-20', 15),
        ...day('600519', '2025-11-20', 15),
        ...day('000001', '2025-11-21', 15),
      ]),
    );
    const series = await seriesOf(source);
    const found = await slotDays(series, '2025-11-17', '2025-11-18', '2025-11-19', '2025-11-20', '2025-11-21');
    expect(found.map(({ date, codes, close }) => [date, codes, close.length])).toEqual([
      ['2025-11-18', ['600519.SH'], 16],
      ['2025-11-20', ['000001.SZ', '600519.SH'], 32],
      ['2025-11-21', ['000001.SZ'], 16],
    ]);
    expect(await slotDays(series, '2025-11-19')).toEqual([]);
    expect(series.filesWith(['2025-11-18', '2025-11-19', '2025-11-20'] as LocalDate[])).toHaveLength(2);
  });
});

it('the status counts rows and codes of all lengths of bars', async () => {
  const other = await openTestWorkspace();
  try {
    const write = (name: string, content: string[]): string =>
      writeTable(join(other.directory, 'files'), name, content);
    await runImport(other.workspace, 'minute_bar', write('5.csv', FEW));
    await runImport(other.workspace, 'minute_bar', write('15.csv', [HEADER, ...day('600519', '2025-11-19', 15)]));
    const market = (await other.workspace.markets()).current();
    expect((await market.status()).find(({ name }) => name === 'minute_bar')).toMatchObject({
      rows: 19,
      codes: 2,
      from: '2025-11-19',
      to: '2025-11-21',
    });
    expect(market.resolveDate('minute_bar', null)).toBe('2025-11-21');
    expect(market.minuteBars.map(({ barMinutes }) => barMinutes)).toEqual([5, 15]);
  } finally {
    await other.close();
  }
});

it('the migration can be taken back: daily series stay, series of minute bars go', async () => {
  const other = await openTestWorkspace();
  const runner = other.workspace.store.dataSource.createQueryRunner();
  try {
    const write = (name: string, content: string[]): string =>
      writeTable(join(other.directory, 'files'), name, content);
    await runImport(other.workspace, 'minute_bar', write('bars.csv', FEW));
    await runImport(other.workspace, 'stock_daily', write('prices.csv', ['date,600519', '2025-11-20,1']));
    const { migrations } = other.workspace.store.dataSource;
    const migration = migrations.find(({ name }) => name === 'MinuteBars1764100000000') as MigrationInterface;
    await migration.down(runner);
    const remaining = (table: string): Promise<unknown[]> => runner.query(`SELECT * FROM ${table}`);
    expect(await remaining('price_series')).toEqual([
      { id: 2, dataset: 'stock_daily', source: 'default', adjustment: 'none' },
    ]);
    expect(await remaining('lake_file')).toMatchObject([{ series_id: 2, year: 2025, rows: 1, days: [20412] }]);
    expect(await remaining('import_log')).toMatchObject([{ dataset: 'stock_daily' }]);
    const twice = `INSERT INTO price_series (dataset, source, adjustment) VALUES ('stock_daily', 'default', 'none')`;
    await expect(runner.query(twice)).rejects.toThrow(/duplicate key/);

    await migration.up(runner);
    await expect(runner.query(twice)).rejects.toThrow(/duplicate key/);
    expect(await runImport(other.workspace, 'minute_bar', write('bars.csv', FEW))).toMatchObject({ rowsNew: 3 });
    expect(await remaining('lake_file')).toHaveLength(3);
  } finally {
    await runner.release();
    await other.close();
  }
});
