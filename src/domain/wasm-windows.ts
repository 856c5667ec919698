import { block, type Code, f64x2, i32, type Local, v128, type WasmFunction } from './wasm-assembler.js';

const { add, sub, mul, equal, notEqual } = f64x2;

const ZERO = v128.constant(0n);
const ONE = v128.constant(0x3ff0_0000_0000_0000n);
const NOT_A_NUMBER = v128.constant(0x7ff8_0000_0000_0000n);
/** Keeps sign, exponent and the upper 26 of a double's 53 significant bits. */
const UPPER_HALF = v128.constant(0xffff_ffff_f800_0000n);

/**
 * The rolling windows of two stocks, as code: the exact sum of the prices in each (the pair `high + low` of
 * ExactRollingSum, step for step) and their number. A missing price, NaN, adds nothing to either.
 */
export class WasmWindows {
  readonly #high: Local<'v128'>;
  readonly #low: Local<'v128'>;
  readonly #count: Local<'v128'>;
  readonly #scratch: readonly [Local<'v128'>, Local<'v128'>, Local<'v128'>];
  readonly #stored: readonly (readonly [part: Local<'v128'>, address: Code<'i32'>])[];

  /** @param address where the two stocks' `high` lies in memory; `low` and `count` follow `rowBytes` apart */
  constructor(wasm: WasmFunction, address: Code<'i32'>, rowBytes: Code<'i32'>) {
    this.#high = wasm.local('v128');
    this.#low = wasm.local('v128');
    this.#count = wasm.local('v128');
    this.#scratch = [wasm.local('v128'), wasm.local('v128'), wasm.local('v128')];
    this.#stored = [
      [this.#high, address],
      [this.#low, i32.add(address, rowBytes)],
      [this.#count, i32.add(address, i32.add(rowBytes, rowBytes))],
    ];
  }

  load(): Code<'none'> {
    return block(...this.#stored.map(([part, address]) => part.set(v128.load(address))));
  }

  store(): Code<'none'> {
    return block(...this.#stored.map(([part, address]) => v128.store(address, part.get)));
  }

  enter(price: Code<'v128'>): Code<'none'> {
    return this.#change(add, price);
  }

  leave(price: Code<'v128'>): Code<'none'> {
    return this.#change(sub, price);
  }

  #change(change: typeof add, price: Code<'v128'>): Code<'none'> {
    const [addend, sum, added] = this.#scratch;
    const present = equal(price, price);
    const error = add(sub(this.#high.get, sub(sum.get, added.get)), sub(addend.get, added.get));
    const rest = addend;
    return block(
      this.#count.set(change(this.#count.get, v128.and(ONE, present))),
      addend.set(change(ZERO, v128.and(price, present))),
      sum.set(add(this.#high.get, addend.get)),
      added.set(sub(sum.get, this.#high.get)),
      rest.set(add(this.#low.get, error)),
      this.#high.set(add(sum.get, rest.get)),
      this.#low.set(sub(rest.get, sub(this.#high.get, sum.get))),
    );
  }

  /**
   * A number with the exact sign of `size · price − sum`, or NaN where the window lacks a price or the price is NaN.
   *
   * The price is cut into halves of 26 and 27 bits, each of which times a size up to 1,000 is a double, so the product
   * is an exact pair too; and of two pairs, each with its high part the rounded whole, the low parts decide only where
   * the high parts are equal.
   */
  edge(price: Code<'v128'>, size: Code<'v128'>): Code<'v128'> {
    const [upper, lower, high] = this.#scratch;
    const low = sub(lower.get, sub(high.get, upper.get));
    const byHigh = sub(high.get, this.#high.get);
    const byLow = sub(low, this.#low.get);
    const full = equal(this.#count.get, size);
    return [
      ...upper.set(mul(size, v128.and(price, UPPER_HALF))),
      ...lower.set(mul(size, sub(price, v128.and(price, UPPER_HALF)))),
      ...high.set(add(upper.get, lower.get)),
      ...v128.select(full, v128.select(notEqual(high.get, this.#high.get), byHigh, byLow), NOT_A_NUMBER),
    ];
  }
}
