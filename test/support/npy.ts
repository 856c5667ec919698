const READERS: Readonly<Record<string, { bytes: number; read: (bytes: Buffer, at: number) => number }>> = {
  '<f4': { bytes: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  '<f8': { bytes: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
  '|u1': { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
};

export interface NpyArray {
  readonly type: string;
  readonly shape: readonly number[];
  /** C order. */
  readonly values: Float64Array;
}

/** Reads a .npy file of format version 1.0 as its specification says, strictly. */
export function readNpy(file: Buffer): NpyArray {
  if (file.subarray(0, 8).toString('latin1') !== '\x93NUMPY\x01\x00') throw new Error('no .npy file of version 1.0');
  const begin = 10 + file.readUInt16LE(8);
  const header = file.subarray(10, begin).toString('latin1');
  const match = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n$/.exec(header);
  if (match === null || begin % 64 !== 0) throw new Error(`bad header: ${header}`);
  const [type, shape] = [
    match[1] as string,
    (match[2] as string)
      .split(',')
      .filter((size) => size.trim() !== '')
      .map(Number),
  ];
  const reader = READERS[type];
  if (reader === undefined) throw new Error(`unknown type ${type}`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (file.length !== begin + count * reader.bytes) throw new Error(`${file.length} bytes do not hold (${shape})`);
  return {
    type,
    shape,
    values: Float64Array.from({ length: count }, (_, at) => reader.read(file, begin + at * reader.bytes)),
  };
}
