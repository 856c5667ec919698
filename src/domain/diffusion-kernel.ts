import type { DiffusionRule, DiffusionWeighting } from './diffusion-params.js';
import {
  assembleModule,
  block,
  type Code,
  doWhile,
  f64,
  f64x2,
  i32,
  type Local,
  v128,
  WasmFunction,
} from './wasm-assembler.js';
import { WasmWindows } from './wasm-windows.js';

/**
 * The inner loops of the diffusion index, in WebAssembly SIMD: two stocks at a time. They read the prices of one
 * industry as a dense block, row by row (rows × stocks, NaN = missing), so that everything but the newest row lies in
 * the processor's first cache, and the whole runs close to the speed of memory.
 *
 * The rule gives each stock an *edge*: above 0 = up, otherwise not up, NaN = not valid. Sums over stocks are taken in
 * an order that depends on nothing but the block, so a row's sums are the same bits whichever rows are asked for; and
 * as rounding is monotone, the sum over some of the stocks never exceeds the sum over all.
 */

/** Rows of a block, and vectors per stock, are padded to a multiple of this many doubles: no loop has a tail. */
export const LANES = 2;

/** Doubles in the tally of a row: Σ weight of the stocks that are up, Σ weight of the valid, Σ share of the valid. */
export const TALLY_SIZE = 3;

/** Doubles per stock in the windows of the MA rule: see WasmWindows. */
export const WINDOW_SIZE = 3;

/** All arguments but `lookback` are addresses or distances in bytes; there is at least one row and one stock. */
type Tally = (
  /** First row, and the end of the last. */
  prices: number,
  end: number,
  rowBytes: number,
  /** ROC: back to the row compared with. MA: back to the oldest row of the window. */
  lag: number,
  /** Per stock its weight in the index; CAP: its weight per unit of price. */
  weights: number,
  /** Per stock its weight in the coverage. */
  shares: number,
  /** MA: the windows, filled with the `lookback − 1` rows before the first. */
  windows: number,
  lookback: number,
  /** Where the tallies are written, one per row. */
  tallies: number,
) => void;

export interface DiffusionKernel {
  readonly tally: Readonly<Record<DiffusionRule, Readonly<Record<DiffusionWeighting, Tally>>>>;
  /** Adds the rows from `prices` to `end` to the windows. */
  fillWindows(prices: number, end: number, rowBytes: number, windows: number): void;
}

const VECTOR_BYTES = 8 * LANES;
const { add, sub, mul, equal, greater } = f64x2;
const ZERO = v128.constant(0n);

const advance = (address: Local<'i32'>, bytes: Code<'i32'>) => address.set(i32.add(address.get, bytes));

/** Runs `body` for each two stocks of a row; `column` is their distance into it, in bytes. */
function forEachPair(column: Local<'i32'>, rowBytes: Local<'i32'>, body: Code<'none'>): Code<'none'> {
  return block(
    column.set(i32.constant(0)),
    doWhile(block(body, advance(column, i32.constant(VECTOR_BYTES))), i32.lessThan(column.get, rowBytes.get)),
  );
}

function buildTally(rule: DiffusionRule, weighting: DiffusionWeighting): WasmFunction {
  const wasm = new WasmFunction();
  const prices = wasm.parameter('i32');
  const end = wasm.parameter('i32');
  const rowBytes = wasm.parameter('i32');
  const lag = wasm.parameter('i32');
  const weights = wasm.parameter('i32');
  const shares = wasm.parameter('i32');
  const windows = wasm.parameter('i32');
  const lookback = wasm.parameter('f64');
  const tallies = wasm.parameter('i32');

  const column = wasm.local('i32');
  const price = wasm.local('v128');
  /** ROC: the close compared with. MA: the oldest of the window, which the next row no longer sees. */
  const lagged = wasm.local('v128');
  const edge = wasm.local('v128');
  const valid = wasm.local('v128');
  const weight = wasm.local('v128');
  const sums = [wasm.local('v128'), wasm.local('v128'), wasm.local('v128')] as const;
  const [sumUp, sumValid, sumShares] = sums;

  const pairOf = (vector: Local<'i32'>) => v128.load(i32.add(vector.get, column.get));
  const rolling = new WasmWindows(wasm, i32.add(windows.get, column.get), rowBytes.get);
  const findEdge = {
    ROC: edge.set(sub(price.get, lagged.get)),
    MA: block(
      rolling.load(),
      rolling.enter(price.get),
      edge.set(rolling.edge(price.get, f64x2.splat(lookback.get))),
      rolling.leave(lagged.get),
      rolling.store(),
    ),
  };
  const weigh = { EQUAL: pairOf(weights), CAP: mul(pairOf(weights), price.get) };
  const accumulate = (sum: Local<'v128'>, value: Code<'v128'>, mask: Code<'v128'>) =>
    sum.set(add(sum.get, v128.and(value, mask)));

  wasm.body = doWhile(
    block(
      ...sums.map((sum) => sum.set(ZERO)),
      forEachPair(
        column,
        rowBytes,
        block(
          price.set(pairOf(prices)),
          lagged.set(v128.load(i32.sub(i32.add(prices.get, column.get), lag.get))),
          findEdge[rule],
          valid.set(equal(edge.get, edge.get)),
          weight.set(weigh[weighting]),
          accumulate(sumUp, weight.get, greater(edge.get, ZERO)),
          accumulate(sumValid, weight.get, valid.get),
          accumulate(sumShares, pairOf(shares), valid.get),
        ),
      ),
      ...sums.map((sum, index) =>
        f64.store(tallies.get, f64.add(f64x2.lane(sum.get, 0), f64x2.lane(sum.get, 1)), 8 * index),
      ),
      advance(tallies, i32.constant(8 * TALLY_SIZE)),
      advance(prices, rowBytes.get),
    ),
    i32.lessThan(prices.get, end.get),
  );
  return wasm;
}

function buildFillWindows(): WasmFunction {
  const wasm = new WasmFunction();
  const prices = wasm.parameter('i32');
  const end = wasm.parameter('i32');
  const rowBytes = wasm.parameter('i32');
  const windows = wasm.parameter('i32');
  const column = wasm.local('i32');
  const price = wasm.local('v128');
  const rolling = new WasmWindows(wasm, i32.add(windows.get, column.get), rowBytes.get);

  wasm.body = doWhile(
    block(
      forEachPair(
        column,
        rowBytes,
        block(
          price.set(v128.load(i32.add(prices.get, column.get))),
          rolling.load(),
          rolling.enter(price.get),
          rolling.store(),
        ),
      ),
      advance(prices, rowBytes.get),
    ),
    i32.lessThan(prices.get, end.get),
  );
  return wasm;
}

const MODULE = assembleModule({
  rocEqual: buildTally('ROC', 'EQUAL'),
  rocCap: buildTally('ROC', 'CAP'),
  maEqual: buildTally('MA', 'EQUAL'),
  maCap: buildTally('MA', 'CAP'),
  fillWindows: buildFillWindows(),
});

/** The kernel over a memory that holds price blocks, weights, windows and tallies. */
export function openDiffusionKernel(memory: WebAssembly.Memory): DiffusionKernel {
  const { exports } = new WebAssembly.Instance(MODULE, { host: { memory } });
  const { rocEqual, rocCap, maEqual, maCap, fillWindows } = exports as unknown as KernelExports;
  return { tally: { ROC: { EQUAL: rocEqual, CAP: rocCap }, MA: { EQUAL: maEqual, CAP: maCap } }, fillWindows };
}

interface KernelExports {
  readonly rocEqual: Tally;
  readonly rocCap: Tally;
  readonly maEqual: Tally;
  readonly maCap: Tally;
  readonly fillWindows: DiffusionKernel['fillWindows'];
}
