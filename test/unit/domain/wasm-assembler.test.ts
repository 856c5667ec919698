import { expect, test } from 'vitest';
import { assembleModule, block, doWhile, f64, f64x2, i32, v128, WasmFunction } from '#lundong/domain/wasm-assembler.js';

/** Sums pairs of doubles from `from` up to `to` and stores the total, after `padding` unused locals. */
function buildSum(padding: number): WasmFunction {
  const wasm = new WasmFunction();
  const from = wasm.parameter('i32');
  const to = wasm.parameter('i32');
  const result = wasm.parameter('i32');
  for (let index = 0; index < padding; index++) wasm.local('f64');
  const sum = wasm.local('v128');
  wasm.body = block(
    doWhile(
      block(sum.set(f64x2.add(sum.get, v128.load(from.get))), from.set(i32.add(from.get, i32.constant(16)))),
      i32.lessThan(from.get, to.get),
    ),
    f64.store(result.get, f64.add(f64x2.lane(sum.get, 0), f64x2.lane(sum.get, 1)), 256),
  );
  return wasm;
}

test.each([0, 200])(
  'assembles parameters, locals, loops and SIMD into a module that runs (%i more locals)',
  (padding) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = assembleModule({ unused: buildSum(0), sum: buildSum(padding) });
    const { sum } = new WebAssembly.Instance(module, { host: { memory } }).exports as {
      sum(from: number, to: number, result: number): void;
    };
    const doubles = new Float64Array(memory.buffer);
    doubles.set([1, 2, 3, 4.5], 2);
    sum(16, 48, 64);
    expect(doubles[(64 + 256) / 8]).toBe(10.5);
  },
);
