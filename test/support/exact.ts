/** A finite double as an exact whole number of 2^-1074, the smallest step between doubles. */
export function toExact(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0];
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 0n ? magnitude : -magnitude;
}
