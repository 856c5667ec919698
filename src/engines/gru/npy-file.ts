import { type FileHandle, open } from 'node:fs/promises';

/** Element types of arrays that NumPy reads, little-endian. */
const DESCRIPTIONS = { float32: '<f4', float64: '<f8', uint8: '|u1' } as const;
const BYTES = { float32: 4, float64: 8, uint8: 1 } as const;

export type NpyType = keyof typeof DESCRIPTIONS;

/** NumPy aligns the array to this many bytes. */
const ALIGNMENT = 64;
const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');

/**
 * The header of a .npy file, format version 1.0: magic, version, length of the rest, a Python dictionary, blanks up to
 * a multiple of 64 bytes and a line feed. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param shape in C order
 */
export function npyHeader(type: NpyType, shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${DESCRIPTIONS[type]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const lead = MAGIC.length + 2;
  const total = Math.ceil((lead + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(total - lead);
  return Buffer.concat([MAGIC, length, Buffer.from(`${dictionary.padEnd(total - lead - 1)}\n`, 'latin1')]);
}

/** Writes an array piece by piece, for one that is larger than memory should hold. */
export class NpyFile {
  private missing: number;

  private constructor(
    private readonly file: FileHandle,
    type: NpyType,
    shape: readonly number[],
  ) {
    this.missing = shape.reduce((product, size) => product * size, BYTES[type]);
  }

  /** @throws Error where something is at the path already, a link included, or nothing can be written */
  static async create(path: string, type: NpyType, shape: readonly number[]): Promise<NpyFile> {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(npyHeader(type, shape));
      return new NpyFile(file, type, shape);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The next elements in C order; of the array's type. */
  async write(part: Float32Array | Float64Array | Uint8Array): Promise<void> {
    this.missing -= part.byteLength;
    await this.file.writeFile(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }

  /** @throws Error where more or fewer elements were written than the shape has */
  assertWhole(): void {
    if (this.missing !== 0) throw new Error(`the array lacks ${this.missing} bytes of its shape`);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
