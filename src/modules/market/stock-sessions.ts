import { fromDayNumber, type LocalDate } from '../../domain/local-date.js';
import {
  type Board,
  boardOf,
  exRightReference,
  type Listing,
  limitFlag,
  limitPercent,
  toCents,
} from '../../domain/price-limit.js';
import { isUnderRiskWarning, type Stock } from '../../domain/stock.js';
import type { DailyPanel } from '../../lake/daily-panel.js';
import type { Market } from '../../lake/market.js';

/** Yuan; how far a price rounded to a cent may lie from the exact one. */
const HALF_CENT = 0.005;
/** Later than this many calendar days after the listing no limit depends on it. */
const LISTING_DAYS = 30;

/** What a day's limit prices are taken from. */
export interface LimitBase {
  /** Yuan; NaN where it is not known. */
  readonly reference: number;
  /** Whole percent; 0 = no limit. */
  readonly percent: number;
}

/**
 * Days of stocks as traded, with the adjustment that tells ex-right days. Rows and columns are those of the panel of
 * prices as traded.
 */
export class StockSessions {
  private readonly closes: Float64Array;
  private readonly volumes: Float64Array;
  private readonly adjusted: Float64Array | null;
  private readonly width: number;
  /** Where the panel's rows and columns lie in the panel of adjusted closes; −1 where they do not. */
  private readonly adjustedRows: Int32Array;
  private readonly adjustedColumns: Int32Array;

  /**
   * @param traded with close and volume
   * @param hfq with close; null where no adjusted prices are loaded: then no ex-right day can be told
   */
  constructor(
    readonly traded: DailyPanel,
    private readonly hfq: DailyPanel | null,
  ) {
    this.closes = traded.matrix('close');
    this.volumes = traded.matrix('volume');
    this.adjusted = hfq?.matrix('close') ?? null;
    this.width = traded.codes.length;
    this.adjustedRows = Int32Array.from(traded.days, (day) => hfq?.row(fromDayNumber(day)) ?? -1);
    this.adjustedColumns = Int32Array.from(traded.codes, (code) => hfq?.column(code) ?? -1);
  }

  /** Yuan; NaN on a day without trading, also where the source carries the close on. */
  close(row: number, column: number): number {
    const at = row * this.width + column;
    return this.volumes[at] === 0 ? Number.NaN : (this.closes[at] as number);
  }

  /** The last row before with trading; −1 without one. */
  sessionBefore(row: number, column: number): number {
    let before = row - 1;
    while (before >= 0 && Number.isNaN(this.close(before, column))) before--;
    return before;
  }

  /** The last session of a stock on or before a day of the panel; null without one. */
  lastSession(code: string, date: LocalDate): { readonly row: number; readonly column: number } | null {
    const [column, day] = [this.traded.column(code), this.traded.row(date)];
    if (column === null || day === null) return null;
    const row = this.sessionBefore(day + 1, column);
    return row < 0 ? null : { row, column };
  }

  /** Adjusted price over price; NaN where it is not known. */
  factor(row: number, column: number): number {
    const [adjustedRow, adjustedColumn] = [this.adjustedRows[row] as number, this.adjustedColumns[column] as number];
    if (this.adjusted === null || this.hfq === null || adjustedRow < 0 || adjustedColumn < 0) return Number.NaN;
    const adjusted = this.adjusted[adjustedRow * this.hfq.codes.length + adjustedColumn] as number;
    return adjusted / (this.closes[row * this.width + column] as number);
  }

  /**
   * What the limits of a session are taken from: the close of the session before, on an ex-right day less the right.
   * Factors come from prices in cents; a change of theirs that rounding can make is no right. Forward-adjusted (qfq)
   * prices of long ago may be small ones, of which a cent is a large part.
   */
  base(stock: StockTerms, row: number, column: number): LimitBase {
    const before = this.sessionBefore(row, column);
    if (before < 0) return { reference: Number.NaN, percent: 0 };
    const close = this.close(before, column);
    return { reference: this.reference(close, row, before, column), percent: percentOn(stock, this.dateOf(row)) };
  }

  private reference(close: number, row: number, before: number, column: number): number {
    const cents = toCents(close);
    const [factorBefore, factor] = [this.factor(before, column), this.factor(row, column)];
    const rounding = this.rounding(before, column, factorBefore) + this.rounding(row, column, factor);
    if (cents === null || !(Math.abs(Math.log(factor / factorBefore)) > rounding)) return close;
    return exRightReference(cents, factorBefore, factor) / 100;
  }

  /** By how much of itself a factor may be off, where price and adjusted price are in cents. */
  private rounding(row: number, column: number, factor: number): number {
    const price = this.close(row, column);
    return HALF_CENT / price + HALF_CENT / (price * factor);
  }

  /** 1 = closed limit-up, −1 = limit-down, 0 = neither. */
  flag(stock: StockTerms, row: number, column: number): -1 | 0 | 1 {
    const { reference, percent } = this.base(stock, row, column);
    return limitFlag(stock.board, this.close(row, column), reference, percent);
  }

  /** Sessions in a row up to a row that closed at the limit of the flag; days without trading neither break nor count. */
  streak(stock: StockTerms, flag: -1 | 1, row: number, column: number): number {
    let streak = 0;
    for (let at = row; at >= 0; at = this.sessionBefore(at, column)) {
      if (this.flag(stock, at, column) !== flag) break;
      streak++;
    }
    return streak;
  }

  dateOf(row: number): LocalDate {
    return fromDayNumber(this.traded.days[row] as number);
  }
}

/** What the limits of a stock depend on. */
export interface StockTerms extends Pick<Stock, 'riskWarnings' | 'listDate'> {
  readonly board: Board;
  /** Sessions from the listing day to a date, both included. */
  readonly sessionsSince: (listed: LocalDate, date: LocalDate) => number;
}

/** null for what is no A share. */
export function termsOf(market: Market, code: string): StockTerms | null {
  const stock = market.stocks.get(code);
  const board = stock?.board ?? boardOf(code);
  if (board === null) return null;
  return {
    board,
    riskWarnings: stock?.riskWarnings ?? [],
    listDate: stock?.listDate ?? null,
    sessionsSince: (listed, date) => market.calendar.between(listed, date).length,
  };
}

/** Whole percent; 0 where the day has no limit. */
export function percentOn(stock: StockTerms, date: LocalDate): number {
  const riskWarning = isUnderRiskWarning(stock, date);
  return limitPercent({ board: stock.board, date, riskWarning, listing: listingOf(stock, date) }) ?? 0;
}

function listingOf({ listDate, sessionsSince }: StockTerms, date: LocalDate): Listing | null {
  if (listDate === null || listDate > date) return null;
  const days = (Date.parse(date) - Date.parse(listDate)) / 86_400_000;
  return days > LISTING_DAYS ? null : { date: listDate, session: sessionsSince(listDate, date) };
}
