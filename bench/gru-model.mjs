// ONNX files for the benchmark, written field by field, so that it needs no Python: a stack of GRU layers with a linear
// head, and a plain matrix product.

const FLOAT = 1;
const INT64 = 7;

/** Numbers of a model with its gates in the order of ONNX (update, reset, new): one array per tensor, by name. */
export function gruWeights({ features, hidden, layers }, random) {
  const bound = 1 / Math.sqrt(hidden);
  const uniform = (...dims) => ({
    dims,
    data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => bound * (2 * random() - 1)),
  });
  const weights = {};
  for (let layer = 0; layer < layers; layer++) {
    weights[`W${layer}`] = uniform(1, 3 * hidden, layer === 0 ? features : hidden);
    weights[`R${layer}`] = uniform(1, 3 * hidden, hidden);
    weights[`B${layer}`] = uniform(1, 6 * hidden);
  }
  return { ...weights, head: uniform(hidden, 1), bias: uniform(1) };
}

/** x [batch, window, features] → score [batch] */
export function gruModel({ window, features, hidden, layers }, weights) {
  const nodes = [node('Transpose', ['x'], ['steps0'], [ints('perm', [1, 0, 2])])];
  for (let layer = 0; layer < layers; layer++) {
    const inputs = [`steps${layer}`, `W${layer}`, `R${layer}`, `B${layer}`];
    const last = layer === layers - 1;
    const attributes = [int('hidden_size', hidden), int('linear_before_reset', 1)];
    nodes.push(node('GRU', inputs, last ? ['', 'last'] : [`all${layer}`], attributes));
    if (!last) nodes.push(node('Squeeze', [`all${layer}`, 'second'], [`steps${layer + 1}`]));
  }
  nodes.push(
    node('Squeeze', ['last', 'first'], ['states']),
    node('MatMul', ['states', 'head'], ['product']),
    node('Add', ['product', 'bias'], ['column']),
    node('Squeeze', ['column', 'second'], ['score']),
  );
  const constants = [
    ...Object.entries(weights).map(([name, { dims, data }]) => tensor(name, FLOAT, dims, data)),
    tensor('first', INT64, [1], new BigInt64Array([0n])),
    tensor('second', INT64, [1], new BigInt64Array([1n])),
  ];
  return model(nodes, constants, [value('x', ['batch', window, features])], [value('score', ['batch'])]);
}

/** a [size, size] × b [size, size] → c */
export function productModel(size) {
  const square = (name) => value(name, [size, size]);
  return model([node('MatMul', ['a', 'b'], ['c'])], [], [square('a'), square('b')], [square('c')]);
}

// Protocol buffers: a field is its number and kind, then a number, or a length and that many bytes.

function varint(number) {
  const bytes = [];
  let rest = BigInt(number);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const number = (field, given) => Buffer.concat([varint(field << 3), varint(given)]);

function bytes(field, given) {
  const content = Buffer.from(given);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

const message = (field, parts) => bytes(field, Buffer.concat(parts));

const int = (name, given) => message(5, [bytes(1, name), number(3, given), number(20, 2)]);
const ints = (name, given) => message(5, [bytes(1, name), ...given.map((each) => number(8, each)), number(20, 7)]);

const node = (type, inputs, outputs, attributes = []) =>
  message(1, [
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, type),
    ...attributes,
  ]);

const tensor = (name, type, dims, data) =>
  message(5, [
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);

/** A dimension that is a text is free. */
function value(name, dims) {
  const shape = dims.map((dim) => message(1, [typeof dim === 'number' ? number(1, dim) : bytes(2, dim)]));
  return [bytes(1, name), message(2, [message(1, [number(1, FLOAT), message(2, shape)])])];
}

function model(nodes, constants, inputs, outputs) {
  const graph = [
    ...nodes,
    bytes(2, 'benchmark'),
    ...constants,
    ...inputs.map((each) => message(11, each)),
    ...outputs.map((each) => message(12, each)),
  ];
  return Buffer.concat([number(1, 8), message(7, graph), message(8, [bytes(1, ''), number(2, 14)])]);
}
