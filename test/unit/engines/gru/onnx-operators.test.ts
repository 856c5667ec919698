import { describe, expect, test } from 'vitest';
import { faultOfOnnx } from '#lundong/engines/gru/onnx-operators.js';
import { modelFixture } from '../../../support/models.js';

/** A number as Protocol Buffers write it; with `wide` in more bytes than it needs. */
function varint(number: number, wide = 0): Buffer {
  const bytes: number[] = [];
  for (let rest = number; rest > 127 || bytes.length < wide; rest = Math.floor(rest / 128))
    bytes.push((rest & 127) | 128);
  const last = Math.floor(number / 128 ** bytes.length);
  return Buffer.from([...bytes, last]);
}

const message = (id: number, ...parts: Buffer[]): Buffer => {
  const inside = Buffer.concat(parts);
  return Buffer.concat([varint(id * 8 + 2), varint(inside.length), inside]);
};
const text = (id: number, value: string): Buffer => message(id, Buffer.from(value));
const number = (id: number, value: number): Buffer => Buffer.concat([varint(id * 8), varint(value)]);
const node = (operator: string, inputs: string[], outputs: string[], ...more: Buffer[]): Buffer =>
  message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...more,
  );
const graph = (...parts: Buffer[]): Buffer => message(7, ...parts);
const wholeWeights = (name: string): Buffer => message(5, number(2, 7), text(8, name));

describe('what may be run', () => {
  test.each(['good', 'baked-batch', 'double-input', 'reshaped', 'nan', 'overflow-at-9'])('%s', (name) => {
    expect(faultOfOnnx(modelFixture(name).bytes)).toBeNull();
  });

  test('a size that is worked out in whole numbers without dividing, and a mean over given axes', () => {
    const sizes = node('Shape', ['x'], ['sizes']);
    const product = node('Mul', ['sizes', 'sizes'], ['shape']);
    const mean = node('ReduceMean', ['x', 'axes'], ['means']);
    const cast = node('Cast', ['shape'], ['float'], message(5, text(1, 'to'), number(3, 1)));
    const quotient = node('Div', ['float', 'float'], ['score']);
    expect(faultOfOnnx(graph(wholeWeights('axes'), sizes, product, mean, cast, quotient))).toBeNull();
  });
});

describe('what may not', () => {
  test.each<[string, RegExp]>([
    ['loop', /^uses the operator "Loop", .* export it with these only: GRU, LSTM, /],
    ['expand', /^uses the operator "Expand", /],
    ['other-domain', /^uses operators of "com\.microsoft", .* those of ONNX itself$/],
    ['whole-division', /^divides whole numbers \(Div\)/],
    ['elsewhere', /^keeps weights in another file/],
  ])('%s', (name, says) => {
    expect(faultOfOnnx(modelFixture(name).bytes)).toMatch(says);
  });

  test.each<[string, Buffer, RegExp]>([
    ['functions', message(25), /functions of its own/],
    ['a graph in a node', graph(node('Add', ['x'], ['y'], message(5, message(6)))), /a graph within an operator/],
    ['graphs in a node', graph(node('Add', ['x'], ['y'], message(5, message(11)))), /a graph within an operator/],
    ['sparse weights', graph(message(15)), /sparse weights/],
    ['a sparse constant', graph(node('Constant', [], ['y'], message(5, message(22)))), /sparse weights/],
    [
      'weights elsewhere in a constant',
      graph(node('Constant', [], ['y'], message(5, message(5, number(14, 1))))),
      /another file/,
    ],
    ['a second graph', Buffer.concat([graph(), graph(node('Scan', [], []))]), /"Scan"/],
    ['two names of one operator', graph(node('If', [], [], text(4, 'Add'))), /"If"/],
    ['no name of an operator that is known', graph(node('', [], [])), /the operator ""/],
    ['the format of one runtime', Buffer.concat([varint(1), Buffer.from('abcORTM')]), /export it as ONNX/],
  ])('%s', (_, bytes, says) => {
    expect(faultOfOnnx(bytes)).toMatch(says);
  });

  test('weights elsewhere, whatever way their key is written', () => {
    const key = Buffer.concat([varint(10), varint(8, 1), Buffer.from('location')]);
    expect(faultOfOnnx(graph(message(5, message(13, key))))).toMatch(/another file/);
  });

  test.each<[string, Buffer[]]>([
    ['weights', [wholeWeights('n')]],
    ['a constant', [node('Constant', [], ['n'], message(5, number(3, 4)))]],
    ['a constant tensor', [node('Constant', [], ['n'], message(5, message(5, number(2, 6))))]],
    ['a shape', [node('Shape', ['x'], ['n'])]],
    ['a cast', [node('Cast', ['x'], ['n'], message(5, text(1, 'to'), number(3, 7)))]],
  ])('dividing whole numbers that come of %s, over other operators and in any order', (_, source) => {
    const way = [node('Squeeze', ['m'], ['k']), node('Add', ['n', 'n'], ['m']), ...source];
    for (const operator of ['Div', 'ReduceMean'])
      expect(faultOfOnnx(graph(node(operator, ['k', 'k'], ['score']), ...way))).toMatch(`whole numbers (${operator})`);
  });

  test('bytes that are no message, or could be read in two ways', () => {
    const key = Buffer.from([0x82, 0x80, 0x80, 0x80, 0x10]); // field 0 with 2^32 on top, which readers cut off
    const cases = [Buffer.from('no model'), modelFixture('good').bytes.subarray(0, 1300), key, Buffer.alloc(12, 0xff)];
    for (const bytes of cases) expect(faultOfOnnx(bytes)).toMatch(/^cannot be read as ONNX, .*; export it anew$/);
  });
});
