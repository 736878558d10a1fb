/**
 * Key types as data: the fields of a key, and the one interpreter that reads and writes them.
 *
 * A key is named byte strings (its components). A type lists its fields and the orders in which they stand; the
 * public blob, the private section of OpenSSH's files, certificates and agent messages all follow from these lists.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { FormatError, LimitError } from '../errors.ts'
import type { Reader } from '../wire/reader.ts'
import { encodeText } from '../wire/text.ts'
import type { Writer } from '../wire/writer.ts'

/** The named byte strings of a key. Integers are big-endian magnitudes without leading zeros. */
export type Components = Readonly<Record<string, Uint8Array>>

/** One field of a key as it stands on the wire. */
export interface Field {
  readonly name: string
  /** RFC 4251 type; `u8` is one octet, a `byte`. */
  readonly kind: 'string' | 'mpint' | 'u8'
  /** Most octets of its value. */
  readonly max: number
  /** Exact number of octets, where there is one. */
  readonly length?: number
  /** The one text that it may hold, where it is constant. */
  readonly constant?: string
  /** True for what must be wiped and never shown. */
  readonly secret?: true
  /** Where the component differs from what stands on the wire. */
  readonly codec?: {
    decode(wire: Uint8Array, before: Components): Uint8Array
    encode(value: Uint8Array, components: Components): Uint8Array
  }
}

function readField(reader: Reader, field: Field, what: string): Uint8Array {
  if (field.kind === 'u8') return reader.take(1, what)
  const value = field.kind === 'mpint' ? reader.mpint(what, field.max) : reader.string(what, field.max)
  if (value.length > field.max) throw new LimitError('limit', `${what}: more than ${field.max} octets`)
  if (field.length !== undefined && value.length !== field.length) {
    throw new FormatError('bad-value', `${what}: ${field.length} octets expected, ${value.length} found`)
  }
  if (field.constant !== undefined && !equalBytes(value, encodeText(field.constant))) {
    throw new FormatError('type-mismatch', `${what}: "${field.constant}" expected`)
  }
  return value
}

/**
 * Reads `fields` into copies of their values, `known` among them: a field that stands there already must be repeated
 * exactly. Throws `FormatError` `bad-value`, `truncated`, `type-mismatch`, `key-mismatch`; `LimitError` `limit`.
 */
export function readFields(
  reader: Reader,
  fields: readonly Field[],
  typeName: string,
  known: Components = {},
): Components {
  const components: Record<string, Uint8Array> = { ...known }
  for (const field of fields) {
    const what = `${typeName} ${field.name}`
    const wire = readField(reader, field, what)
    const before = components[field.name]
    if (before === undefined) components[field.name] = field.codec ? field.codec.decode(wire, components) : wire.slice()
    else if (!equalBytes(before, wire)) {
      throw new FormatError('key-mismatch', `${what}: differs from the copy before it`)
    }
  }
  return components
}

/** Writes `fields` in their order. */
export function writeFields(writer: Writer, fields: readonly Field[], components: Components): void {
  for (const field of fields) {
    const component = components[field.name]
    if (component === undefined) throw new TypeError(`component ${field.name} is missing`)
    const value = field.codec ? field.codec.encode(component, components) : component
    if (field.kind === 'mpint') writer.mpint(value)
    else if (field.kind === 'u8') writer.raw(value)
    else writer.string(value)
    if (field.codec) value.fill(0)
  }
}
