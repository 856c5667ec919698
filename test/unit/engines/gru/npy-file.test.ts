import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { NpyFile, type NpyType, npyHeader } from '#lundong/engines/gru/npy-file.js';
import { readNpy } from '../../../support/npy.js';

describe('.npy files', () => {
  it('have the header that the format prescribes', () => {
    const header = npyHeader('float32', [3, 4, 12]);
    const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 12), }";
    expect(header.length).toBe(128);
    expect(header.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    expect(header.readUInt16LE(8)).toBe(118);
    expect(header.subarray(10).toString('latin1')).toBe(`${dictionary.padEnd(117)}\n`);
  });

  it('align the array and name one dimension as Python does', () => {
    for (const shape of [[7], [123_456_789, 5_000, 12], [0, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]])
      for (const type of ['float32', 'float64', 'uint8'] satisfies NpyType[])
        expect(npyHeader(type, shape).length % 64).toBe(0);
    expect(npyHeader('uint8', [7]).toString('latin1')).toContain(
      "{'descr': '|u1', 'fortran_order': False, 'shape': (7,), }",
    );
  });

  it('hold what is written piece by piece', async () => {
    const path = join(await mkdtemp(join(inject('runDirectory'), 'npy-')), 'a.npy');
    const file = await NpyFile.create(path, 'float64', [3, 2]);
    await file.write(Float64Array.of(1.5, Number.NaN));
    expect(() => file.assertWhole()).toThrow('32 bytes');
    await file.write(Float64Array.of(9, -0.1, 1e300, 2, 9).subarray(1, 5));
    file.assertWhole();
    await file.close();
    const array = readNpy(await readFile(path));
    expect(array.shape).toEqual([3, 2]);
    expect([...array.values]).toEqual([1.5, Number.NaN, -0.1, 1e300, 2, 9]);
  });
});
