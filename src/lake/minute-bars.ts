import type { DuckDBConnection } from '@duckdb/node-api';
import { OPENING_AUCTION, SESSIONS, SLOTS_PER_DAY, slotOf, TRADING_MINUTES_PER_DAY } from '../domain/intraday-slots.js';
import { fromDayNumber, type LocalDate } from '../domain/local-date.js';
import { type DuckDb, fileList, literals, numbers, rows } from './duckdb.js';
import type { MinuteBarSeries } from './market-series.js';

/**
 * One trading day of a series in slots of 15 minutes. The arrays are codes × 16, code by code; NaN where a slot has no
 * bar, or its bars no such value.
 */
export interface SlotDay {
  readonly date: LocalDate;
  /** Ascending. */
  readonly codes: readonly string[];
  /** Yuan, as traded. */
  readonly open: Float64Array;
  readonly close: Float64Array;
  /** Shares. */
  readonly volume: Float64Array;
  /** Yuan. */
  readonly amount: Float64Array;
}

/** How many stock-days one statement reads: some 25 MB of slots. */
const STOCK_DAYS_AT_ONCE = 50_000;

/**
 * The days of a series, in the order of the dates; dates that it does not hold are left out. Bars of 1, 5 and 15
 * minutes of the same trading give the same slots, but for the last bits of a sum.
 *
 * No query is open while the caller works on a day.
 *
 * @param dates ascending
 * @param signal interrupts the query that is under way
 */
export async function* loadSlotDays(
  duckdb: DuckDb,
  series: MinuteBarSeries,
  dates: readonly LocalDate[],
  signal?: AbortSignal,
): AsyncGenerator<SlotDay> {
  const held = dates.filter((date) => series.has(date));
  const stocksPerDay = (series.rows / series.days.length) * (series.barMinutes / TRADING_MINUTES_PER_DAY);
  const datesAtOnce = Math.max(1, Math.floor(STOCK_DAYS_AT_ONCE / stocksPerDay));
  for (let start = 0; start < held.length; start += datesAtOnce) {
    const batch = held.slice(start, start + datesAtOnce);
    yield* await duckdb.use((connection) => readSlotDays(connection, series.filesWith(batch), batch), signal);
  }
}

/** Each minute of trading with its slot, as rows of SQL. */
const SLOT_OF_MINUTE = SESSIONS.flatMap(({ from, to }) =>
  Array.from({ length: to - from + 1 }, (_, index) => `(${from + index}, ${slotOf(from + index)})`),
).join(', ');

/**
 * Sums of decimals are exact, and so the same bits in whatever order threads add them up; summing doubles in the order
 * of time would cost ten times as much. What is beyond 10¹⁴ shares or yuan in a bar is no figure.
 */
function exactSum(column: string): string {
  return `sum(TRY_CAST(${column} AS DECIMAL(18, 4)))::DOUBLE AS ${column}`;
}

async function readSlotDays(
  connection: DuckDBConnection,
  files: readonly string[],
  dates: readonly LocalDate[],
): Promise<SlotDay[]> {
  const bars = `(SELECT * FROM read_parquet(${fileList(...files)}) WHERE date IN (SELECT unnest(${literals(dates)}::DATE[])))`;
  const found = await rows(connection, `SELECT DISTINCT code FROM ${bars} ORDER BY code`);
  const codes = found.map(([code]) => String(code));
  // A missing open of the auction is the auction's price.
  const result = await connection.run(`
    SELECT date_diff('day', DATE '1970-01-01', date)::INTEGER AS day, position::INTEGER AS position, slot::INTEGER AS slot,
      ${['open', 'close', 'volume', 'amount'].map((column) => `coalesce(${column}, 'NaN'::DOUBLE)`).join(', ')}
    FROM (
      SELECT code, date, slot,
        coalesce(arg_min_null(open, minute), CASE WHEN min(minute) = ${OPENING_AUCTION} THEN arg_min(close, minute) END) AS open,
        arg_max(close, minute) AS close, ${exactSum('volume')}, ${exactSum('amount')}
      FROM ${bars} JOIN (VALUES ${SLOT_OF_MINUTE}) slots (minute, slot) USING (minute)
      GROUP BY code, date, slot
    ) JOIN (
      SELECT code, row_number() OVER (ORDER BY code) - 1 AS position FROM (SELECT DISTINCT code FROM ${bars})
    ) USING (code)
    ORDER BY day, position, slot`);
  const days: SlotDay[] = [];
  let builder: SlotDayBuilder | null = null;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [day, position, slot] = [numbers(chunk, 0), numbers(chunk, 1), numbers(chunk, 2)];
    const [open, close, volume, amount] = [numbers(chunk, 3), numbers(chunk, 4), numbers(chunk, 5), numbers(chunk, 6)];
    for (let i = 0; i < chunk.rowCount; i++) {
      if (builder === null || builder.day !== day[i]) {
        if (builder !== null) days.push(builder.finish());
        builder = new SlotDayBuilder(day[i] as number, codes);
      }
      const at = builder.cell(position[i] as number, slot[i] as number);
      builder.open[at] = open[i] as number;
      builder.close[at] = close[i] as number;
      builder.volume[at] = volume[i] as number;
      builder.amount[at] = amount[i] as number;
    }
  }
  if (builder !== null) days.push(builder.finish());
  return days;
}

/** Takes the slots of one day, in the order of codes and slots. */
class SlotDayBuilder {
  readonly open: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly amount: Float64Array;
  private readonly codes: string[] = [];
  private position = -1;

  constructor(
    readonly day: number,
    private readonly allCodes: readonly string[],
  ) {
    const empty = (): Float64Array => new Float64Array(allCodes.length * SLOTS_PER_DAY).fill(Number.NaN);
    [this.open, this.close, this.volume, this.amount] = [empty(), empty(), empty(), empty()];
  }

  /** Where the values of a slot go. */
  cell(position: number, slot: number): number {
    if (position !== this.position) {
      this.position = position;
      this.codes.push(this.allCodes[position] as string);
    }
    return (this.codes.length - 1) * SLOTS_PER_DAY + slot;
  }

  finish(): SlotDay {
    const cells = this.codes.length * SLOTS_PER_DAY;
    this.fillOpens();
    return {
      date: fromDayNumber(this.day),
      codes: this.codes,
      open: this.open.slice(0, cells),
      close: this.close.slice(0, cells),
      volume: this.volume.slice(0, cells),
      amount: this.amount.slice(0, cells),
    };
  }

  /** An open that the bars lack is the close before it on that day. */
  private fillOpens(): void {
    for (let row = 0; row < this.codes.length; row++) {
      let lastClose = Number.NaN;
      for (let at = row * SLOTS_PER_DAY; at < (row + 1) * SLOTS_PER_DAY; at++) {
        const close = this.close[at] as number;
        if (Number.isNaN(close)) continue;
        if (Number.isNaN(this.open[at] as number)) this.open[at] = lastClose;
        lastClose = close;
      }
    }
  }
}
