import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { EntityManager } from 'typeorm';
import { LundongError } from '../../domain/errors.js';
import type { EtfRules } from '../../domain/etf-rules.js';
import type { IndustryScheme } from '../../domain/industry.js';
import { fromDayNumber, type LocalDate, toDayNumber } from '../../domain/local-date.js';
import { compareHistories, type MembershipRow, mixedIndustries } from '../../domain/membership-history.js';
import { type Adjustment, type BarMinutes, describeSeries } from '../../domain/price-series.js';
import { toShanghai } from '../../domain/shanghai-time.js';
import { CALENDAR_HORIZON, FIRST_TRADING_DAY, TradingCalendar } from '../../domain/trading-calendar.js';
import { recordAudit } from '../../store/access-audit.repository.js';
import * as marketData from '../../store/market-data.repository.js';
import { ADVISORY_LOCK, type Store, withAdvisoryLock } from '../../store/store.js';
import { type DatasetName, hasCloses, isTableDataset, TABLE_DATASETS, type TableDatasetName } from '../datasets.js';
import type { DuckDb } from '../duckdb.js';
import type { MarketChange } from '../market-change.js';
import { compareCalendars, readCalendar } from './calendar-import.js';
import { explainFullDisk } from './disk-full.js';
import type { BadRow, ImportReport, ProgressListener } from './import-report.js';
import { readIndustries } from './industries-import.js';
import { type ListingsName, readListings } from './listings-import.js';
import { readMembers } from './members-import.js';
import { badRows, stageTable } from './table-import.js';
import { compareWithLake, touchedReferences, writeMergedFiles } from './table-merge.js';
import { openTabularFile, type TabularFile } from './tabular-file.js';

export interface ImportRequest {
  /** Who imports, for the audit. */
  readonly actor: string;
  readonly dataset: DatasetName;
  readonly paths: readonly string[];
  readonly source: string;
  /** null = told by the files' names, or none. */
  readonly adjustment: Adjustment | null;
  /** For membership snapshots: the earlier date from which they are to rule. */
  readonly validFrom: LocalDate | null;
  /** Minutes that a minute bar spans; null = told by the data. */
  readonly barMinutes: BarMinutes | null;
  /** Set bad rows aside instead of refusing the import. */
  readonly quarantine: boolean;
}

/** Drops the computed values that a change reaches; called inside the transaction that lands it. */
export type Invalidate = (manager: EntityManager, change: MarketChange) => Promise<void>;

const SHOWN_BAD_ROWS = 20;
const SHOWN_DAYS = 10;
/** A reader that resolved the manifest before an import landed has this long to open the files it was told. */
const STRAY_FILE_GRACE_MS = 10 * 60_000;

/**
 * Brings files into the system. Everything is read, judged and written aside first; then one PostgreSQL transaction
 * names the new files in the manifest, drops the computed values they reach and raises `dataVersion`. Until it commits
 * nobody sees anything, after it nothing is lost, wherever the process dies. One import at a time.
 */
export class Importer {
  constructor(
    private readonly store: Store,
    private readonly duckdb: DuckDb,
    private readonly directory: { lake: string; quarantine: string; temporary: string },
    private readonly etfRules: EtfRules,
    private readonly invalidate: Invalidate,
  ) {}

  /**
   * @throws LundongError IMPORT_REJECTED with the first bad rows, FILE_UNREADABLE, INVALID_ARGUMENT,
   * STORAGE_UNAVAILABLE where a disk is full; nothing has changed then
   */
  async run(request: ImportRequest, onProgress: ProgressListener = () => undefined): Promise<ImportReport> {
    checkRequest(request);
    try {
      return await this.importAlone(request, onProgress);
    } catch (error) {
      const { lake, quarantine, temporary } = this.directory;
      throw explainFullDisk(error, [lake, temporary, ...(request.quarantine ? [quarantine] : [])]);
    }
  }

  private importAlone(request: ImportRequest, onProgress: ProgressListener): Promise<ImportReport> {
    return withAdvisoryLock(this.store.dataSource, ADVISORY_LOCK.import, () =>
      this.duckdb.use(async (connection) => {
        onProgress({ step: 'opening', done: 0, total: 1 });
        const files: TabularFile[] = [];
        for (const path of request.paths) files.push(await openTabularFile(connection, path));
        // Before anything else is read: whatever lands from here on makes this import prepared on old data.
        const state = await marketData.marketState(this.store.manager);
        await this.sweepLake(state.lakeId);
        const session = new ImportSession(request, files, connection, state, onProgress);
        if (isTableDataset(request.dataset)) return this.importTable(session, request.dataset);
        if (request.dataset === 'calendar') return this.importCalendar(session);
        if (request.dataset === 'industries') return this.importIndustries(session);
        if (request.dataset === 'members') return this.importMembers(session);
        return this.importListings(session, request.dataset);
      }),
    );
  }

  private async importTable(session: ImportSession, name: TableDatasetName): Promise<ImportReport> {
    const { connection, request, files } = session;
    const dataset = TABLE_DATASETS[name];
    const { adjustment, remark } = adjustmentOf(request, files);
    const known = await marketData.loadReferenceData(this.store.manager);
    const staged = await stageTable(
      connection,
      dataset,
      files,
      {
        calendar: TradingCalendar.of(known.tradingDays),
        industries: new Set(known.industries.keys()),
        today: toShanghai(new Date()).date,
      },
      request.barMinutes,
      (file) => session.step(`reading ${file.name}`),
    );
    const quarantined = await this.settleBadRows(session, staged.badRows, () =>
      badRows(connection, files, request.quarantine ? staged.badRows : SHOWN_BAD_ROWS),
    );
    session.step('comparing');
    const { barMinutes } = staged;
    const series = { dataset: name, source: request.source, adjustment, barMinutes };
    const manifest = await marketData.findSeries(this.store.manager, series);
    const current = new Map(manifest?.files.map((file) => [file.period, join(this.directory.lake, file.path)]));
    const difference = await compareWithLake(connection, dataset, current, staged.columns);
    const report = {
      ...session.report(staged.rowsRead, quarantined),
      series: describeSeries(series),
      rowsNew: difference.rowsNew,
      rowsChanged: difference.rowsChanged,
      rowsUnchanged: difference.rowsUnchanged,
      datesTouched: difference.dates.length,
      firstDate: difference.dates[0] ?? null,
      lastDate: difference.dates.at(-1) ?? null,
      remarks: [...(remark === null ? [] : [remark]), ...staged.remarks],
    };
    const folder = join(session.state.lakeId, name, `source=${request.source}`, `adjustment=${adjustment}`);
    const written = await writeMergedFiles(
      connection,
      dataset,
      this.directory.lake,
      difference.periods,
      current,
      (period) => join(folder, filePath(barMinutes, period, session.id)),
      (period) => session.step(`writing ${period}`),
    );
    const merged = new Map(current);
    for (const file of written) merged.set(file.period, join(this.directory.lake, file.path));
    // The grace of the files that are replaced begins now: before the landing, so that no failure can follow it.
    const now = new Date();
    const replaced = written.flatMap((file) => current.get(file.period) ?? []);
    await Promise.all(replaced.map((file) => utimes(file, now, now)));
    return this.land(session, report, async (manager) => {
      const seriesId = await marketData.saveSeries(manager, series, written);
      if (barMinutes !== null)
        await this.invalidate(manager, { kind: 'bars', series, seriesId, dates: difference.dates });
      else if (difference.closeDates.length > 0)
        await this.invalidate(manager, {
          kind: 'closes',
          series,
          dates: difference.closeDates,
          touchedReferences: (dates) => touchedReferences(connection, dataset, [...merged.values()], dates),
        });
      else if (!hasCloses(dataset)) await this.invalidate(manager, { kind: 'other', dataset: name });
      return seriesId;
    });
  }

  private async importCalendar(session: ImportSession): Promise<ImportReport> {
    const { rowsRead, days, bad } = await readCalendar(session.connection, session.files);
    const quarantined = await this.settleBadRows(session, bad.length, async () => bad);
    const known = await marketData.loadReferenceData(this.store.manager);
    const difference = compareCalendars(known.tradingDays, days);
    const touched = [...difference.added, ...difference.removed].sort();
    const closed = closedDays(known.tradingDays, difference);
    await this.refuseToCloseDaysWithPrices(closed);
    const report = {
      ...session.report(rowsRead, quarantined),
      rowsNew: difference.added.length,
      rowsChanged: difference.removed.length,
      rowsUnchanged: difference.unchanged,
      datesTouched: touched.length,
      firstDate: touched[0] ?? null,
      lastDate: touched.at(-1) ?? null,
    };
    return this.land(session, report, async (manager) => {
      await marketData.saveTradingDays(manager, difference.added, difference.removed);
      await this.invalidate(manager, { kind: 'calendar', from: [...touched, ...closed].sort()[0] as LocalDate });
      return null;
    });
  }

  private async importIndustries(session: ImportSession): Promise<ImportReport> {
    const known = await marketData.loadReferenceData(this.store.manager);
    const { rowsRead, industries, bad } = await readIndustries(session.connection, session.files, known.industries);
    const quarantined = await this.settleBadRows(session, bad.length, async () => bad);
    const fresh = industries.filter((industry) => !known.industries.has(industry.code));
    const changed = industries.filter((industry) => {
      const old = known.industries.get(industry.code);
      return old !== undefined && (old.nameZh !== industry.nameZh || old.nameEn !== industry.nameEn);
    });
    const report = {
      ...session.report(rowsRead, quarantined),
      rowsNew: fresh.length,
      rowsChanged: changed.length,
      rowsUnchanged: industries.length - fresh.length - changed.length,
    };
    return this.land(session, report, async (manager) => {
      await marketData.saveIndustries(manager, [...fresh, ...changed]);
      return null;
    });
  }

  private async importMembers(session: ImportSession): Promise<ImportReport> {
    const { connection, files, request } = session;
    const known = await marketData.loadReferenceData(this.store.manager);
    session.step('reading');
    const read = await readMembers(connection, files, known.industries, request.validFrom);
    const quarantined = await this.settleBadRows(session, read.bad.length, async () => read.bad);
    const before = await marketData.loadMemberships(this.store.manager);
    const after = read.merge(before);
    refuseMixtures(after);
    const difference = compareHistories(before, after);
    const touched = [...difference.added, ...difference.changed, ...difference.removed];
    const dates = new Set(touched.map((row) => row.inDate));
    const report = {
      ...session.report(read.rowsRead, quarantined),
      rowsNew: difference.added.length,
      rowsChanged: difference.changed.length + difference.removed.length,
      rowsUnchanged: difference.unchanged,
      datesTouched: dates.size,
      firstDate: difference.from,
      lastDate: [...dates].sort().at(-1) ?? null,
    };
    return this.land(session, report, async (manager) => {
      await marketData.saveMemberships(manager, difference);
      const schemes = new Set(touched.map((row) => known.industries.get(row.industryCode)?.scheme as IndustryScheme));
      for (const scheme of schemes)
        await this.invalidate(manager, {
          kind: 'members',
          scheme,
          from: difference.from as LocalDate,
          to: difference.to,
        });
      return null;
    });
  }

  private async importListings(session: ImportSession, dataset: ListingsName): Promise<ImportReport> {
    session.step('reading');
    const read = await readListings(session.connection, this.store.manager, dataset, session.files, this.etfRules);
    const quarantined = await this.settleBadRows(session, read.bad.length, async () => read.bad);
    const report = {
      ...session.report(read.rowsRead, quarantined),
      rowsNew: read.added,
      rowsChanged: read.changed,
      rowsUnchanged: read.unchanged,
      remarks: read.remarks,
    };
    return this.land(session, report, async (manager) => {
      await read.save(manager);
      await this.invalidate(manager, { kind: 'other', dataset });
      return null;
    });
  }

  /** One transaction: what the import brings, its entries in log and audit, the new version. Nothing at all where nothing changed. */
  private async land(
    session: ImportSession,
    report: Omit<ImportReport, 'dataVersion'>,
    save: (manager: EntityManager) => Promise<number | null>,
  ): Promise<ImportReport> {
    if (report.rowsNew + report.rowsChanged === 0) return { ...report, dataVersion: session.state.dataVersion };
    session.step('landing');
    const dataVersion = await this.store.dataSource.transaction(async (manager) => {
      const version = await marketData.raiseDataVersion(manager, session.state.dataVersion);
      const seriesId = await save(manager);
      const { actor, dataset, source, paths } = session.request;
      await recordAudit(manager, {
        actor,
        action: 'import',
        subject: `${dataset} of source "${source}", files: ${paths.length}`,
        outcome: 'ok',
      });
      await marketData.logImport(manager, {
        id: session.id,
        dataset: report.dataset,
        seriesId,
        files: [...report.files],
        rowsRead: report.rowsRead,
        rowsNew: report.rowsNew,
        rowsChanged: report.rowsChanged,
        rowsUnchanged: report.rowsUnchanged,
        rowsQuarantined: report.rowsQuarantined,
        dataVersion: version,
      });
      return version;
    });
    return { ...report, dataVersion };
  }

  /** @throws LundongError IMPORT_REJECTED where prices are held on one of the days: no figure could reach them any more */
  private async refuseToCloseDaysWithPrices(closed: readonly LocalDate[]): Promise<void> {
    const held = await marketData.daysWithPrices(this.store.manager, closed.map(toDayNumber));
    if (held.length === 0) return;
    const days = held.map(fromDayNumber);
    const more = days.length > SHOWN_DAYS ? ` and ${days.length - SHOWN_DAYS} more` : '';
    throw new LundongError(
      'IMPORT_REJECTED',
      `Prices are held on days that this calendar takes for closed: ${days.slice(0, SHOWN_DAYS).join(', ')}${more}; ` +
        'nothing was imported. Name these days in the file, with every other open day from its first to its last; ' +
        'if the exchanges were shut, the prices are wrong: load everything without them into an empty DATA_DIR or database.',
      { days },
    );
  }

  /** Refuses the import for its bad rows, or writes them to a file of their own and goes on. */
  private async settleBadRows(
    session: ImportSession,
    count: number,
    read: () => Promise<readonly BadRow[]>,
  ): Promise<{ rows: number; file: string | null }> {
    if (count === 0) return { rows: 0, file: null };
    const bad = await read();
    if (!session.request.quarantine) {
      const shown = bad.slice(0, SHOWN_BAD_ROWS);
      const lines = shown.map(
        (row) =>
          `  ${row.file}, line ${row.line}${row.column ? `, column ${row.column}` : ''}: ${JSON.stringify(row.value)} ${row.reason}`,
      );
      if (count > shown.length) lines.push(`  … and ${count - shown.length} more`);
      throw new LundongError(
        'IMPORT_REJECTED',
        `${count} bad ${count === 1 ? 'row' : 'rows'}; nothing was imported. Correct the file, or set the rows aside with --quarantine.\n${lines.join('\n')}`,
        { count, rows: shown },
      );
    }
    await mkdir(this.directory.quarantine, { recursive: true });
    const file = join(this.directory.quarantine, `${session.id}.csv`);
    const cell = (value: string | number): string => `"${String(value).replaceAll('"', '""')}"`;
    await pipeline(function* () {
      yield 'file,line,column,value,reason\n';
      for (const row of bad) yield `${[row.file, row.line, row.column, row.value, row.reason].map(cell).join(',')}\n`;
    }, createWriteStream(file));
    return { rows: count, file };
  }

  /**
   * Deletes files that the manifest does not name, left by an import that died or replaced by a later one, once no
   * reader can still be on its way to them. Only in the folder of this database: the lake may serve others as well.
   */
  private async sweepLake(lakeId: string): Promise<void> {
    const named = await marketData.namedFiles(this.store.manager);
    const found = await readdir(join(this.directory.lake, lakeId), { recursive: true }).catch(() => []);
    const paths = found.filter((path) => path.endsWith('.parquet')).map((path) => join(lakeId, path));
    for (const path of paths.filter((one) => !named.has(one))) {
      const file = join(this.directory.lake, path);
      if (Date.now() - (await stat(file)).mtimeMs > STRAY_FILE_GRACE_MS) await rm(file, { force: true });
    }
  }
}

class ImportSession {
  readonly id = randomUUID();
  private done = 0;

  constructor(
    readonly request: ImportRequest,
    readonly files: readonly TabularFile[],
    readonly connection: DuckDBConnection,
    /** Of the database when the import began: what it is prepared on. */
    readonly state: { readonly dataVersion: number; readonly lakeId: string },
    private readonly onProgress: ProgressListener,
  ) {}

  step(step: string): void {
    this.done++;
    this.onProgress({ step, done: this.done, total: Math.max(this.done + 1, this.files.length + 3) });
  }

  report(rowsRead: number, quarantined: { rows: number; file: string | null }): Omit<ImportReport, 'dataVersion'> {
    return {
      dataset: this.request.dataset,
      files: this.files.map((file) => file.name),
      series: null,
      rowsRead,
      rowsNew: 0,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsQuarantined: quarantined.rows,
      quarantineFile: quarantined.file,
      datesTouched: 0,
      firstDate: null,
      lastDate: null,
      remarks: [],
    };
  }
}

/** A source is part of the paths in the lake: nothing in it may lead elsewhere. */
const SOURCE = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u;

/** @throws LundongError INVALID_ARGUMENT for options that cannot be followed, or mean nothing to the data set */
function checkRequest({ dataset, paths, source, adjustment, validFrom, barMinutes }: ImportRequest): void {
  const refuse = (message: string): never => {
    throw new LundongError('INVALID_ARGUMENT', message);
  };
  if (paths.length === 0) refuse('Name at least one file to import.');
  if (!SOURCE.test(source))
    refuse(
      `--source "${source.slice(0, 60)}" cannot be used; begin with a letter or digit, then up to 59 more, or " ", ".", "_", "-".`,
    );
  if (adjustment !== null && adjustment !== 'none' && !(isTableDataset(dataset) && TABLE_DATASETS[dataset].adjustable))
    refuse(`${dataset} has no adjusted prices; leave out --adjust ${adjustment}.`);
  if (validFrom !== null && dataset !== 'members')
    refuse(`--valid-from ${validFrom} is for membership snapshots; leave it out for ${dataset}.`);
  if (barMinutes !== null && !(isTableDataset(dataset) && TABLE_DATASETS[dataset].intraday))
    refuse(`--bar-minutes ${barMinutes} is for minute_bar; leave it out for ${dataset}.`);
}

/** Where a file of a series lies in the folder of the series. */
function filePath(barMinutes: BarMinutes | null, period: number, importId: string): string {
  if (barMinutes === null) return join(`year=${period}`, `${importId}.parquet`);
  const year = String(period).slice(0, 4);
  return join(`bar_minutes=${barMinutes}`, `year=${year}`, `${period}-${importId}.parquet`);
}

/** Days that no longer are trading days once the calendar has changed: removed ones, and guesses that are now settled. */
function closedDays(
  before: readonly LocalDate[],
  change: { added: readonly LocalDate[]; removed: readonly LocalDate[] },
): LocalDate[] {
  const removed = new Set(change.removed);
  const after = TradingCalendar.of([...before.filter((day) => !removed.has(day)), ...change.added]);
  const open = TradingCalendar.of(before).between(FIRST_TRADING_DAY, CALENDAR_HORIZON);
  return open.filter((day) => !after.isTradingDay(day));
}

/** @throws LundongError IMPORT_REJECTED where snapshots and dated stays would meet in one industry */
function refuseMixtures(memberships: readonly MembershipRow[]): void {
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

/** The adjustment asked for or, since vendors put it there, the one that the files' names tell. */
function adjustmentOf(
  request: ImportRequest,
  files: readonly TabularFile[],
): { adjustment: Adjustment; remark: string | null } {
  if (request.adjustment !== null) return { adjustment: request.adjustment, remark: null };
  if (!isTableDataset(request.dataset)) return { adjustment: 'none', remark: null };
  const { adjustable, intraday } = TABLE_DATASETS[request.dataset];
  if (!adjustable && !intraday) return { adjustment: 'none', remark: null };
  const told = new Set(
    files.map((file) => /(?<![a-z])(hfq|qfq)(?![a-z])/i.exec(file.name)?.[1]?.toLowerCase() ?? 'none'),
  );
  if (!adjustable) {
    const adjusted = [...told].find((adjustment) => adjustment !== 'none');
    if (adjusted === undefined) return { adjustment: 'none', remark: null };
    throw new LundongError(
      'INVALID_ARGUMENT',
      `A file's name tells ${adjusted} prices; ${request.dataset} takes prices as traded. If they are, say --adjust none.`,
    );
  }
  if (told.size > 1)
    throw new LundongError(
      'INVALID_ARGUMENT',
      `The files' names tell different adjustments (${[...told].join(', ')}); import them apart, or say --adjust.`,
    );
  const adjustment = [...told][0] as Adjustment;
  return {
    adjustment,
    remark:
      adjustment === 'none'
        ? 'prices taken as unadjusted; say --adjust hfq or qfq if they are not'
        : `adjustment ${adjustment} taken from the file name`,
  };
}
