import { ProtobufError, type ProtobufField, protobufFields } from './protobuf-fields.js';

/**
 * What recurrent and feed-forward networks are made of. Left out are operators that repeat, branch, or make a tensor as
 * large as a number in the file says: a thread of the runtime cannot be interrupted, nor its memory bounded.
 */
const OPERATORS: ReadonlySet<string> = new Set(
  (
    'GRU LSTM RNN MatMul Gemm Add Sub Mul Div Neg Abs Sqrt Pow Exp Log Reciprocal Max Min Clip ' +
    'Tanh Sigmoid HardSigmoid Relu LeakyRelu Elu Softplus Erf Gelu Softmax LogSoftmax LayerNormalization ' +
    'BatchNormalization ReduceMean ReduceSum ReduceMax Transpose Reshape Squeeze Unsqueeze Slice Split Gather Concat ' +
    'Flatten Constant Shape Cast Identity'
  ).split(' '),
);

/** Of whole numbers these end the process, by a signal, where they divide by zero. */
const DIVIDING: ReadonlySet<string> = new Set(['Div', 'ReduceMean']);

// The numbers of fields and types are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const MODEL = { graph: 7, functions: 25 } as const;
const GRAPH = { node: 1, initializer: 5, sparseInitializer: 15 } as const;
const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { int: 3, tensor: 5, graph: 6, ints: 8, tensors: 10, graphs: 11, sparse: 22, sparses: 23 } as const;
const TENSOR = { type: 2, name: 8, externalData: 13, location: 14 } as const;
/** float, float16, double, bfloat16 */
const FRACTIONAL: ReadonlySet<bigint> = new Set([1n, 10n, 11n, 16n]);

/** The runtime takes a file for one in its own format by these letters at byte 4, and reads no Protocol Buffers then. */
const RUNTIME_FORMAT = 'ORTM';

/** A reason not to run a graph. */
class Refusal extends Error {}

interface Tensor {
  readonly name: string;
  readonly isWhole: boolean;
}

interface Node {
  readonly operator: string;
  readonly firstInput: string;
  readonly outputs: readonly string[];
  /** Whether an attribute has whole numbers, or names a type of them. */
  readonly namesWhole: boolean;
}

/**
 * Whether a model may be given to the runtime at all, by the bytes of its file. It does not say that it can be run.
 *
 * @returns what is wrong and what to do, as the rest of a sentence that begins with the model; null where nothing is
 */
export function faultOfOnnx(file: Uint8Array): string | null {
  if (Buffer.from(file.subarray(4, 8)).toString('latin1') === RUNTIME_FORMAT)
    return 'is in the format of one runtime; export it as ONNX';
  try {
    const nodes: Node[] = [];
    const initializers: Tensor[] = [];
    for (const { id, bytes } of protobufFields(file)) {
      if (id === MODEL.functions) throw new Refusal('defines functions of its own; export it with them written out');
      if (id !== MODEL.graph || bytes === null) continue;
      for (const field of protobufFields(bytes)) {
        if (field.id === GRAPH.sparseInitializer) throw new Refusal('has sparse weights; export it with dense ones');
        if (field.bytes === null) continue;
        if (field.id === GRAPH.node) nodes.push(readNode(field.bytes));
        if (field.id === GRAPH.initializer) initializers.push(readTensor(field.bytes));
      }
    }
    requireNoWholeDivision(nodes, initializers);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof ProtobufError) return `cannot be read as ONNX, ${error.message}; export it anew`;
    throw error;
  }
}

/** @throws Refusal, ProtobufError */
function readNode(bytes: Uint8Array): Node {
  let operator = '';
  let namesWhole = false;
  let firstInput: string | null = null;
  const outputs: string[] = [];
  for (const field of protobufFields(bytes)) {
    if (field.bytes === null) continue;
    if (field.id === NODE.input) firstInput ??= textOf(field.bytes);
    if (field.id === NODE.output) outputs.push(textOf(field.bytes));
    if (field.id === NODE.operator) {
      operator = textOf(field.bytes);
      if (!OPERATORS.has(operator))
        throw new Refusal(
          `uses the operator ${shown(operator)}, which may not be run here; export it with these only: ${[...OPERATORS].join(', ')}`,
        );
    }
    if (field.id === NODE.domain && !['', 'ai.onnx'].includes(textOf(field.bytes)))
      throw new Refusal(
        `uses operators of ${shown(textOf(field.bytes))}, which may not be run here; export it with those of ONNX itself`,
      );
    if (field.id === NODE.attribute)
      for (const one of protobufFields(field.bytes)) namesWhole = namesWholeNumbers(one) || namesWhole;
  }
  return { operator, firstInput: firstInput ?? '', outputs, namesWhole };
}

/** @throws Refusal, ProtobufError */
function namesWholeNumbers({ id, bytes, number }: ProtobufField): boolean {
  switch (id) {
    case ATTRIBUTE.graph:
    case ATTRIBUTE.graphs:
      throw new Refusal('has a graph within an operator; export it without loops and branches');
    case ATTRIBUTE.sparse:
    case ATTRIBUTE.sparses:
      throw new Refusal('has sparse weights; export it with dense ones');
    case ATTRIBUTE.tensor:
    case ATTRIBUTE.tensors:
      return bytes !== null && readTensor(bytes).isWhole;
    case ATTRIBUTE.int:
      return !FRACTIONAL.has(number); // of Cast it is the type that comes out
    default:
      return id === ATTRIBUTE.ints;
  }
}

/** @throws Refusal, ProtobufError */
function readTensor(bytes: Uint8Array): Tensor {
  let name = '';
  let isWhole = false;
  for (const field of protobufFields(bytes)) {
    if (field.id === TENSOR.externalData || (field.id === TENSOR.location && field.number !== 0n))
      throw new Refusal('keeps weights in another file, which its hash does not cover; export it as one file');
    if (field.id === TENSOR.name && field.bytes !== null) name = textOf(field.bytes);
    if (field.id === TENSOR.type && field.bytes === null) isWhole ||= !FRACTIONAL.has(field.number);
  }
  return { name, isWhole };
}

/**
 * Follows whole numbers from where they come in, in whatever order the nodes lie. Of every operator that is allowed the
 * outputs are of the type of the first input, but for those three that make whole numbers themselves.
 *
 * @throws Refusal
 */
function requireNoWholeDivision(nodes: readonly Node[], initializers: readonly Tensor[]): void {
  const readers = new Map<string, Node[]>();
  for (const node of nodes) {
    const others = readers.get(node.firstInput);
    if (others === undefined) readers.set(node.firstInput, [node]);
    else others.push(node);
  }
  const found = initializers.filter(({ isWhole }) => isWhole).map(({ name }) => name);
  for (const { operator, outputs, namesWhole } of nodes)
    if (operator === 'Shape' || ((operator === 'Constant' || operator === 'Cast') && namesWhole))
      found.push(...outputs);
  const whole = new Set(found);
  for (const name of whole)
    for (const { operator, outputs } of readers.get(name) ?? []) {
      if (DIVIDING.has(operator))
        throw new Refusal(
          `divides whole numbers (${operator}), by which a zero ends the process; cast them to float32`,
        );
      if (operator !== 'Cast') for (const output of outputs) whole.add(output);
    }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
