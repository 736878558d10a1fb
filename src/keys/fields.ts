/**
 * Key types as data: the fields of a key, and the one interpreter that reads and writes them.
 *
 * A key is named byte strings (its components). A type lists its fields and the orders in which they stand; the
 * public blob, the private section of OpenSSH's files, certificates and agent messages all follow from these lists.
 */

import { FormatError } from '../errors.ts'
import { aboveLimit, mismatch } from '../wire/expect.ts'
import { startsWithAt } from '../wire/lines.ts'
import type { Reader } from '../wire/reader.ts'
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
  /** True for what is public and yet said again behind the certificate that has it, in what is added to an agent. */
  readonly again?: true
  /** Where the component differs from what stands on the wire. */
  readonly codec?: {
    decode(wire: Uint8Array, before: Components): Uint8Array
    encode(value: Uint8Array, components: Components): Uint8Array
  }
}

/** Steps over the value of a field and tells where it starts: a view of each would cost more than all else here. */
function skipField(reader: Reader, field: Field, what: string): number {
  if (field.kind === 'u8') return reader.skip(1, what)
  const start = field.kind === 'mpint' ? reader.skipMpint(what, field.max) : reader.skipString(what, field.max)
  const length = reader.offset - start
  if (length > field.max) throw aboveLimit(what, `${field.max} octets`)
  if (field.length !== undefined && length !== field.length) {
    throw new FormatError('bad-value', `${what}: ${field.length} octets expected, ${length} found`)
  }
  const { constant } = field
  if (constant !== undefined && !(length === constant.length && startsWithAt(reader.bytes, constant, start))) {
    throw new FormatError('type-mismatch', `${what}: "${constant}" expected`)
  }
  return start
}

/** Whether `before` is what was read since `start`: in place, since a view costs as much as comparing 100 octets. */
function repeats(reader: Reader, start: number, before: Uint8Array): boolean {
  const { bytes } = reader
  if (before.length !== reader.offset - start) return false
  let difference = 0
  for (let i = 0; i < before.length; i++) difference |= before[i]! ^ bytes[start + i]!
  return difference === 0
}

/**
 * Reads `fields` into copies of their values, beside those of `known`: a field that stands there already must be
 * repeated exactly. Throws `FormatError` (`bad-value`, `truncated`, `type-mismatch`, `key-mismatch`), `LimitError`.
 */
export function readFields(
  reader: Reader,
  fields: readonly Field[],
  typeName: string,
  known: Components = {},
): Components {
  const components: Record<string, Uint8Array> = { ...known }
  try {
    for (const field of fields) {
      const what = `${typeName} ${field.name}`
      const start = skipField(reader, field, what)
      const before = components[field.name]
      if (before === undefined) {
        const { codec } = field
        components[field.name] = codec ? codec.decode(reader.since(start), components) : reader.copySince(start)
      } else if (!repeats(reader, start, before)) throw mismatch(what)
    }
    return components
  } catch (error) {
    wipeSecrets(fields, components)
    throw error
  }
}

/** The same for public fields that are only looked at and then forgotten: as views of the input. */
export function viewFields(reader: Reader, fields: readonly Field[], typeName: string): Components {
  const components: Record<string, Uint8Array> = {}
  for (const field of fields) {
    const start = skipField(reader, field, `${typeName} ${field.name}`)
    components[field.name] = reader.since(start)
  }
  return components
}

/** A copy of a message, so that its owner may go on with it. Throws `TypeError` for what are no bytes. */
export function copyOf(data: Uint8Array): Uint8Array {
  if (!(data instanceof Uint8Array)) throw new TypeError('a Uint8Array expected')
  return new Uint8Array(data)
}

/** Overwrites the components that are secret by `fields`. */
export function wipeSecrets(fields: readonly Field[], components: Components): void {
  for (const field of fields) if (field.secret) components[field.name]?.fill(0)
}

/** Writes `fields` in their order. */
export function writeFields(writer: Writer, fields: readonly Field[], components: Components): void {
  for (const field of fields) {
    const component = components[field.name]
    if (!component) throw new TypeError(`no component ${field.name}`)
    const value = field.codec ? field.codec.encode(component, components) : component
    if (field.kind === 'mpint') writer.mpint(value)
    else if (field.kind === 'u8') writer.raw(value)
    else writer.string(value)
    if (field.codec) value.fill(0)
  }
}
