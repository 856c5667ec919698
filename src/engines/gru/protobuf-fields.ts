/** One field as it lies in the bytes: `bytes` of a text, a list or a message inside, else the bits of a number. */
export interface ProtobufField {
  readonly id: number;
  readonly bytes: Uint8Array | null;
  /** Zero where it has bytes, and of numbers that are no varint. */
  readonly number: bigint;
}

/** The bytes are no message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const KIND = { varint: 0, eightBytes: 1, length: 2, fourBytes: 5 } as const;
const LONGEST_VARINT = 10;
/** Readers in use keep 32 bits of a key and drop the others, so that a longer one is one field here and another there. */
const KEY_END = 1n << 32n;

/**
 * The fields of a Protocol Buffers message, in their order; those inside its messages by calling it again with their
 * `bytes`. https://protobuf.dev/programming-guides/encoding/
 *
 * @throws ProtobufError
 */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT; index++) {
      const byte = message[at++];
      if (byte === undefined) throw new ProtobufError('it ends within a number');
      value |= BigInt(byte & 127) << BigInt(7 * index);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('a number is too long');
  };
  const skip = (size: number | bigint): Uint8Array => {
    if (size > message.length - at) throw new ProtobufError('a field is longer than what it lies in');
    at += Number(size);
    return message.subarray(at - Number(size), at);
  };
  while (at < message.length) {
    const key = varint();
    const id = Number(key >> 3n);
    if (key >= KEY_END || id === 0) throw new ProtobufError('a field has no possible number');
    switch (Number(key & 7n)) {
      case KIND.varint:
        yield { id, bytes: null, number: varint() };
        break;
      case KIND.length:
        yield { id, bytes: skip(varint()), number: 0n };
        break;
      case KIND.eightBytes:
        skip(8);
        break;
      case KIND.fourBytes:
        skip(4);
        break;
      default:
        throw new ProtobufError('a field is of no known kind');
    }
  }
}
