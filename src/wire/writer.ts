/** Growing writer of the data types of RFC 4251 section 5. It wipes the buffers it leaves behind. */

import { encodeText } from './text.ts'

/**
 * Writes RFC 4251 data types (section 5). `take()` hands the result over and leaves nothing behind.
 *
 * @example
 * ```ts
 * import { Writer } from 'hawser/wire'
 *
 * const writer = new Writer().u8(5).string('hi').mpint(Uint8Array.of(0x80))
 * console.log([...writer.take()]) // [ 5, 0, 0, 0, 2, 104, 105, 0, 0, 0, 2, 0, 128 ]
 * console.log(writer.length) // 0
 * ```
 */
export class Writer {
  #bytes: Uint8Array = new Uint8Array(256)
  #length = 0

  /** Octets written so far. */
  get length(): number {
    return this.#length
  }

  #grow(more: number): void {
    const need = this.#length + more
    if (need <= this.#bytes.length) return
    const old = this.#bytes
    this.#bytes = new Uint8Array(Math.max(need, old.length * 2))
    this.#bytes.set(old)
    old.fill(0)
  }

  /** Octets as they are, without a length. */
  raw(bytes: Uint8Array): this {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** One octet. */
  u8(value: number): this {
    this.#grow(1)
    this.#bytes[this.#length++] = value
    return this
  }

  /** `uint32`. */
  u32(value: number): this {
    return this.u8(value >>> 24)
      .u8(value >>> 16)
      .u8(value >>> 8)
      .u8(value)
  }

  /** `uint64`. */
  u64(value: bigint): this {
    return this.u32(Number((value >> 32n) & 0xffffffffn)).u32(Number(value & 0xffffffffn))
  }

  /** `string`; text is written as UTF-8, see `encodeText`. */
  string(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? encodeText(value) : value
    return this.u32(bytes.length).raw(bytes)
  }

  /** `mpint` of a magnitude, big-endian; leading zeros are dropped. */
  mpint(magnitude: Uint8Array): this {
    const bytes = trimZeros(magnitude)
    const sign = bytes.length > 0 && bytes[0]! & 0x80 ? 1 : 0
    this.u32(bytes.length + sign)
    return (sign ? this.u8(0) : this).raw(bytes)
  }

  /** The octets written; the writer is empty and wiped afterwards. */
  take(): Uint8Array {
    const out = this.#bytes.slice(0, this.#length)
    this.#bytes.fill(0)
    this.#length = 0
    return out
  }
}

/** A view of `bytes` without its leading zeros. */
export function trimZeros(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (bytes[start] === 0) start++
  return bytes.subarray(start)
}
