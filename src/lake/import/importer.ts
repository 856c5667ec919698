import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import type { EtfRules } from '../../domain/etf-rules.js';
import type { IndustryScheme } from '../../domain/industry.js';
import type { LocalDate } from '../../domain/local-date.js';
import { compareHistories } from '../../domain/membership-history.js';
import { type BarMinutes, describeSeries } from '../../domain/price-series.js';
import { toShanghai } from '../../domain/shanghai-time.js';
import { TradingCalendar } from '../../domain/trading-calendar.js';
import { recordAudit } from '../../store/access-audit.repository.js';
import * as marketData from '../../store/market-data.repository.js';
import { ADVISORY_LOCK, type Store, withAdvisoryLock } from '../../store/store.js';
import { hasCloses, isTableDataset, TABLE_DATASETS, type TableDatasetName } from '../datasets.js';
import type { DuckDb } from '../duckdb.js';
import type { MarketChange } from '../market-change.js';
import { SHOWN_BAD_ROWS, settleBadRows } from './bad-rows.js';
import { closedDays, compareCalendars, readCalendar, refuseToCloseDaysWithPrices } from './calendar-import.js';
import { explainFullDisk } from './disk-full.js';
import type { ImportReport, ProgressListener } from './import-report.js';
import { adjustmentOf, checkRequest, type ImportRequest } from './import-request.js';
import { ImportSession } from './import-session.js';
import { readIndustries } from './industries-import.js';
import { type ListingsName, readListings } from './listings-import.js';
import { readMembers, refuseMixtures } from './members-import.js';
import { sweepLake } from './sweep-lake.js';
import { badRows, stageTable } from './table-import.js';
import { compareWithLake, touchedReferences, writeMergedFiles } from './table-merge.js';
import { openTabularFile, type TabularFile } from './tabular-file.js';

/** Drops the computed values that a change reaches; called inside the transaction that lands it. */
export type Invalidate = (manager: EntityManager, change: MarketChange) => Promise<void>;

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
        await sweepLake(this.directory.lake, state.lakeId, this.store);
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
    const quarantined = await settleBadRows(session, this.directory.quarantine, staged.badRows, () =>
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
    const quarantined = await settleBadRows(session, this.directory.quarantine, bad.length, async () => bad);
    const known = await marketData.loadReferenceData(this.store.manager);
    const difference = compareCalendars(known.tradingDays, days);
    const touched = [...difference.added, ...difference.removed].sort();
    const closed = closedDays(known.tradingDays, difference);
    await refuseToCloseDaysWithPrices(this.store.manager, closed);
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
    const quarantined = await settleBadRows(session, this.directory.quarantine, bad.length, async () => bad);
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
    const quarantined = await settleBadRows(session, this.directory.quarantine, read.bad.length, async () => read.bad);
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
    const quarantined = await settleBadRows(session, this.directory.quarantine, read.bad.length, async () => read.bad);
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
}

/** Where a file of a series lies in the folder of the series. */
function filePath(barMinutes: BarMinutes | null, period: number, importId: string): string {
  if (barMinutes === null) return join(`year=${period}`, `${importId}.parquet`);
  const year = String(period).slice(0, 4);
  return join(`bar_minutes=${barMinutes}`, `year=${year}`, `${period}-${importId}.parquet`);
}
