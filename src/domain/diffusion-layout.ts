import { type DiffusionKernel, LANES, openDiffusionKernel, TALLY_SIZE, WINDOW_SIZE } from './diffusion-kernel.js';
import { groupBy } from './group-by.js';
import type { Membership } from './membership.js';
import { findReferenceClose, firstRowFrom } from './reference-close.js';
import {
  DOUBLES_PER_SLOT,
  epochStarts,
  type MembershipRows,
  type WeightEpoch,
  writeWeightEpochs,
} from './weight-epochs.js';

export interface DiffusionLayoutInput {
  /** Day of each row of the panel: consecutive trading days, ascending. */
  readonly dates: Int32Array;
  /** Stocks, one per column of the panel. */
  readonly codes: readonly string[];
  /** Adjusted closes, rows × codes, row by row; NaN = missing, others above 0. May lie in shared memory. */
  readonly closes: Float64Array;
  /** Industries in the order of the output. */
  readonly industries: readonly string[];
  /** Those of other industries are passed over. */
  readonly memberships: readonly Membership[];
}

/** One industry in the kernel's memory. */
export interface IndustryBlock {
  /** Address of the closes of all stocks that are members at any time and have prices, row by row, NaN = missing. */
  readonly pricesAt: number;
  /** 0 where no such stock has prices. */
  readonly rowBytes: number;
  /** They cover all rows, in order. */
  readonly epochs: readonly WeightEpoch[];
}

/**
 * A panel made ready for computeDiffusion: gathered by industry into a kernel's memory, beside the weights of each
 * epoch and room for the kernel's work. It belongs to the thread that prepared it.
 */
export interface DiffusionLayout {
  readonly dates: Int32Array;
  readonly industries: readonly string[];
  readonly blocks: readonly IndustryBlock[];
  readonly kernel: DiffusionKernel;
  /** Room for the windows of the widest block. */
  readonly windows: Float64Array;
  /** Room for one tally per row. */
  readonly tallies: Float64Array;
}

const PAGE_BYTES = 65_536;

/** @throws LundongError INVALID_ARGUMENT where two memberships of one stock in one industry overlap */
export function prepareDiffusionLayout(input: DiffusionLayoutInput): DiffusionLayout {
  const { dates, industries } = input;
  const rows = dates.length;
  const columnOf = new Map(input.codes.map((code, column) => [code, column]));
  const membershipsOf = groupBy(input.memberships, ({ industry }) => industry);
  const plans = industries.map((industry) => planBlock(input, columnOf, membershipsOf.get(industry) ?? []));
  const widest = Math.max(0, ...plans.map(({ width }) => width));
  const doubles = plans.reduce(
    (sum, { width, starts, slots }) => sum + rows * width + starts.length * slots * DOUBLES_PER_SLOT,
    widest * WINDOW_SIZE + rows * TALLY_SIZE,
  );

  const memory = new WebAssembly.Memory({ initial: Math.ceil((doubles * 8) / PAGE_BYTES) });
  let taken = 0;
  const take = (count: number) => {
    taken += count;
    return new Float64Array(memory.buffer, (taken - count) * 8, count);
  };
  const prices = plans.map(({ width }) => take(rows * width));
  gather(input, plans, prices);
  const blocks = plans.map(({ width, memberships, starts, slots }, index): IndustryBlock => {
    const epochs = writeWeightEpochs(memberships, starts, rows, slots, take(starts.length * slots * DOUBLES_PER_SLOT));
    return { pricesAt: prices[index].byteOffset, rowBytes: width * 8, epochs };
  });
  return {
    dates,
    industries,
    blocks,
    kernel: openDiffusionKernel(memory),
    windows: take(widest * WINDOW_SIZE),
    tallies: take(rows * TALLY_SIZE),
  };
}

interface BlockPlan {
  /** Columns of the panel, in the order of the block. */
  readonly columns: Int32Array;
  /** Columns of the block, padding included. */
  readonly width: number;
  /** Length of the vectors of weights: the block's columns, then the stocks that the panel lacks. */
  readonly slots: number;
  readonly memberships: readonly MembershipRows[];
  readonly starts: readonly number[];
}

function planBlock(
  input: DiffusionLayoutInput,
  columnOf: ReadonlyMap<string, number>,
  memberships: readonly Membership[],
): BlockPlan {
  const { dates } = input;
  const stocks = new Set(memberships.map(({ stock }) => stock));
  const columns = [...stocks].flatMap((stock) => columnOf.get(stock) ?? []).sort((a, b) => a - b);
  const width = pad(columns.length);
  const slotOf = new Map(columns.map((column, slot) => [input.codes[column], slot]));
  const absent = [...stocks].filter((stock) => !columnOf.has(stock));
  absent.forEach((stock, index) => {
    slotOf.set(stock, width + index);
  });

  const inRows = memberships
    .map((membership): MembershipRows => {
      const { stock, inDate, outDate, weightDate } = membership;
      const referenceClose = findReferenceClose({ ...input, days: dates }, columnOf.get(stock), weightDate);
      const [fromRow, toRow] = [firstRowFrom(dates, inDate), firstRowFrom(dates, outDate)];
      return { membership, slot: slotOf.get(stock)!, fromRow, toRow, referenceClose };
    })
    .filter(({ fromRow, toRow }) => fromRow < toRow);
  const starts = epochStarts(inRows, dates.length);
  return { columns: Int32Array.from(columns), width, slots: pad(width + absent.length), memberships: inRows, starts };
}

const pad = (count: number) => Math.ceil(count / LANES) * LANES;

/** Copies the panel's columns into the blocks. Rows are the outer loop: each is read while it lies in the cache. */
function gather(
  { dates, codes, closes }: DiffusionLayoutInput,
  plans: readonly BlockPlan[],
  blocks: Float64Array[],
): void {
  for (let row = 0; row < dates.length; row++) {
    const panelRow = row * codes.length;
    for (let index = 0; index < plans.length; index++) {
      const { columns, width } = plans[index];
      const block = blocks[index];
      const blockRow = row * width;
      for (let column = 0; column < columns.length; column++)
        block[blockRow + column] = closes[panelRow + columns[column]];
    }
  }
}
