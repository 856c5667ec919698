/**
 * Just enough of a WebAssembly assembler to write a numeric kernel as nested expressions and get a module: no tool in
 * the build, no binary in the repository. Instruction numbers: WebAssembly Core Specification 2.0, section 5.4.
 */

const VALUE_TYPES = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = keyof typeof VALUE_TYPES;

/** Instructions that leave one value of type T on the stack; `Code<'none'>` is a statement and leaves nothing. */
export type Code<T extends ValueType | 'none'> = readonly number[] & { readonly __leaves?: T };

type Binary<In extends ValueType, Out extends ValueType = In> = (x: Code<In>, y: Code<In>) => Code<Out>;

/** LEB128, the variable-length form of all unsigned numbers in a module. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function scalar<In extends ValueType, Out extends ValueType = In>(opcode: number): Binary<In, Out> {
  return (x, y) => [...x, ...y, opcode];
}

function vector(opcode: number): Binary<'v128'> {
  return (x, y) => [...x, ...y, 0xfd, ...unsigned(opcode)];
}

export const i32 = {
  add: scalar<'i32'>(0x6a),
  sub: scalar<'i32'>(0x6b),
  /** 1 where x < y, both read as unsigned: addresses go up to 4 GiB. */
  lessThan: scalar<'i32'>(0x49),
  /** @param value 0 to 63, which is one byte in signed LEB128 */
  constant: (value: number): Code<'i32'> => [0x41, value],
};

export const f64 = {
  add: scalar<'f64'>(0xa0),
  /** @param offset bytes beyond the address */
  store: (address: Code<'i32'>, value: Code<'f64'>, offset = 0): Code<'none'> => [
    ...address,
    ...value,
    0x39,
    3,
    ...unsigned(offset),
  ],
};

export const v128 = {
  load: (address: Code<'i32'>): Code<'v128'> => [...address, 0xfd, 0x00, 3, 0],
  store: (address: Code<'i32'>, value: Code<'v128'>): Code<'none'> => [...address, ...value, 0xfd, 0x0b, 3, 0],
  constant: (lane: bigint): Code<'v128'> => {
    const bytes = new Uint8Array(new BigUint64Array([lane, lane]).buffer);
    return [0xfd, 0x0c, ...bytes];
  },
  and: vector(0x4e),
  /** Bits of x where the mask is set, bits of y elsewhere. */
  select: (mask: Code<'v128'>, x: Code<'v128'>, y: Code<'v128'>): Code<'v128'> => [...x, ...y, ...mask, 0xfd, 0x52],
};

/** Two doubles at a time. Comparisons give all bits set or none per lane, and none where either side is NaN. */
export const f64x2 = {
  splat: (x: Code<'f64'>): Code<'v128'> => [...x, 0xfd, 0x14],
  lane: (x: Code<'v128'>, lane: 0 | 1): Code<'f64'> => [...x, 0xfd, 0x21, lane],
  equal: vector(0x47),
  notEqual: vector(0x48),
  greater: vector(0x4a),
  add: vector(0xf0),
  sub: vector(0xf1),
  mul: vector(0xf2),
};

export function block(...statements: Code<'none'>[]): Code<'none'> {
  return statements.flat();
}

/** Runs the body, and again as long as the condition holds after it. */
export function doWhile(body: Code<'none'>, condition: Code<'i32'>): Code<'none'> {
  return [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
}

/** A parameter or local variable. */
export class Local<T extends ValueType> {
  readonly get: Code<T>;

  constructor(readonly index: number) {
    this.get = [0x20, ...unsigned(index)];
  }

  set(value: Code<T>): Code<'none'> {
    return [...value, 0x21, ...unsigned(this.index)];
  }
}

/** One function under construction: all parameters first, then locals (which start at zero), then the body. */
export class WasmFunction {
  readonly #parameters: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  body: Code<'none'> = [];

  /** @param result type of the value that the body leaves, if any */
  parameter<T extends ValueType>(type: T): Local<T> {
    return new Local<T>(this.#parameters.push(type) - 1);
  }

  local<T extends ValueType>(type: T): Local<T> {
    return new Local<T>(this.#parameters.length + this.#locals.push(type) - 1);
  }

  encodeType(): number[] {
    return [0x60, ...list(this.#parameters.map((type) => [VALUE_TYPES[type]])), 0];
  }

  encodeCode(): number[] {
    const code = [...list(this.#locals.map((type) => [1, VALUE_TYPES[type]])), ...this.body, 0x0b];
    return [...unsigned(code.length), ...code];
  }
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): number[] {
  return list([...Buffer.from(text)].map((byte) => [byte]));
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

/** A module that imports its memory as `host.memory` and exports the functions under their keys. */
export function assembleModule(functions: Readonly<Record<string, WasmFunction>>): WebAssembly.Module {
  const names = Object.keys(functions);
  const bodies = Object.values(functions);
  return new WebAssembly.Module(
    new Uint8Array([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(
        1,
        bodies.map((each) => each.encodeType()),
      ),
      ...section(2, [[...name('host'), ...name('memory'), 0x02, 0x00, 0]]),
      ...section(
        3,
        bodies.map((_, index) => unsigned(index)),
      ),
      ...section(
        7,
        names.map((each, index) => [...name(each), 0x00, ...unsigned(index)]),
      ),
      ...section(
        10,
        bodies.map((each) => each.encodeCode()),
      ),
    ]),
  );
}
