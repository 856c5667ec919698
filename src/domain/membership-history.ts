import type { LocalDate } from './local-date.js';

/** A stock's stay in an industry as it is stored: half-open `[inDate, outDate)`, as known on `knownOn`. */
export interface MembershipRow {
  readonly industryCode: string;
  readonly stockCode: string;
  readonly inDate: LocalDate;
  /** null = still in. */
  readonly outDate: LocalDate | null;
  /** Later than `inDate` where a snapshot was declared valid before its own date: hindsight. */
  readonly knownOn: LocalDate;
  readonly stockName: string | null;
  /** Share of the industry's free-float capitalisation on `knownOn`, a fraction; null where only membership is known. */
  readonly weight: number | null;
  /** Whether a snapshot said so, or a file of dated stays; an industry's history is of one kind. */
  readonly kind: 'snapshot' | 'stay';
}

/** All members of one industry on one date. */
export interface MembershipSnapshot {
  readonly industryCode: string;
  readonly asOf: LocalDate;
  readonly members: readonly {
    readonly stockCode: string;
    readonly stockName: string | null;
    readonly weight: number | null;
  }[];
}

/**
 * Lays a snapshot into the history of its industry: it rules from its date until the next snapshot begins. With
 * `validFrom` before its date it rules that stretch as well, in rows that say what they are (`knownOn` later than
 * `inDate`), except where other snapshots begin inside it, or rule from the same date on nearer knowledge: hindsight
 * never takes the place of what was known earlier.
 *
 * @param history rows of the same industry, in any order, all from snapshots: only these say where another one begins
 */
export function withSnapshot(
  history: readonly MembershipRow[],
  snapshot: MembershipSnapshot,
  validFrom: LocalDate | null,
): MembershipRow[] {
  const declares =
    validFrom !== null &&
    validFrom < snapshot.asOf &&
    !history.some((row) => row.inDate === validFrom && row.knownOn < snapshot.asOf);
  return layFrom(declares ? layFrom(history, snapshot, validFrom) : history, snapshot, snapshot.asOf);
}

function layFrom(history: readonly MembershipRow[], snapshot: MembershipSnapshot, start: LocalDate): MembershipRow[] {
  const next = history.reduce<LocalDate | null>(
    (earliest, row) => (row.inDate > start && (earliest === null || row.inDate < earliest) ? row.inDate : earliest),
    null,
  );
  const kept = history
    .filter((row) => row.inDate !== start)
    .map((row) =>
      row.inDate < start && (row.outDate === null || row.outDate > start) ? { ...row, outDate: start } : row,
    );
  const laid = snapshot.members.map((member) => ({
    industryCode: snapshot.industryCode,
    stockCode: member.stockCode,
    inDate: start,
    outDate: next,
    knownOn: snapshot.asOf,
    stockName: member.stockName,
    weight: member.weight,
    kind: 'snapshot' as const,
  }));
  return [...kept, ...laid];
}

/**
 * Industries whose rows come from snapshots and from dated stays alike. The two cannot be joined: a snapshot rules until
 * the next one, and where one stay begins or ends says nothing about the rest of the industry.
 */
export function mixedIndustries(rows: readonly MembershipRow[]): string[] {
  const kinds = new Map(rows.map((row) => [row.industryCode, row.kind]));
  return [...new Set(rows.filter((row) => row.kind !== kinds.get(row.industryCode)).map((row) => row.industryCode))];
}

/** What differs between two histories, as the stretch of dates outside which both say the same. */
export interface HistoryDifference {
  readonly added: readonly MembershipRow[];
  readonly changed: readonly MembershipRow[];
  readonly removed: readonly MembershipRow[];
  readonly unchanged: number;
  /** First date on which they differ; null where they are equal. */
  readonly from: LocalDate | null;
  /** Date from which they agree again; null where they differ to the end, or are equal. */
  readonly to: LocalDate | null;
}

export function compareHistories(before: readonly MembershipRow[], after: readonly MembershipRow[]): HistoryDifference {
  const key = (row: MembershipRow): string => `${row.industryCode} ${row.stockCode} ${row.inDate}`;
  const old = new Map(before.map((row) => [key(row), row]));
  const added: MembershipRow[] = [];
  const changed: MembershipRow[] = [];
  const stretches: { from: LocalDate; to: LocalDate | null }[] = [];
  for (const row of after) {
    const previous = old.get(key(row));
    old.delete(key(row));
    if (previous === undefined) {
      added.push(row);
      stretches.push({ from: row.inDate, to: row.outDate });
    } else if (!sameRow(previous, row)) {
      changed.push(row);
      stretches.push(
        sameRow({ ...previous, outDate: row.outDate }, row)
          ? { from: earlier(previous.outDate, row.outDate), to: later(previous.outDate, row.outDate) }
          : { from: row.inDate, to: later(previous.outDate, row.outDate) },
      );
    }
  }
  const removed = [...old.values()];
  for (const row of removed) stretches.push({ from: row.inDate, to: row.outDate });
  return {
    added,
    changed,
    removed,
    unchanged: after.length - added.length - changed.length,
    from: stretches.reduce<LocalDate | null>((from, s) => (from === null || s.from < from ? s.from : from), null),
    to: stretches.length === 0 ? null : stretches.map((s) => s.to).reduce(later),
  };
}

function sameRow(a: MembershipRow, b: MembershipRow): boolean {
  return (
    a.outDate === b.outDate &&
    a.knownOn === b.knownOn &&
    a.stockName === b.stockName &&
    a.weight === b.weight &&
    a.kind === b.kind
  );
}

/** The later of two ends; null is the end of time. */
function later(a: LocalDate | null, b: LocalDate | null): LocalDate | null {
  if (a === null || b === null) return null;
  return a > b ? a : b;
}

function earlier(a: LocalDate | null, b: LocalDate | null): LocalDate {
  if (a === null) return b as LocalDate;
  return b === null || a < b ? a : b;
}
