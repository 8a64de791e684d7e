/** Values compared to the last bit, whatever they are made of. */

/** Text that differs where any bit of any number does: numbers and typed arrays by their bytes, objects by their fields. */
export function bitsOf(value: unknown): string {
  if (typeof value === 'number') return `#${hex(Float64Array.of(value))}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}:${hex(value)}`;
  if (Array.isArray(value)) return `[${value.map(bitsOf).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${name}=${bitsOf(field)}`).join(',\n')}}`;
  }
  return String(value);
}

const hex = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
