/** The input of a parser: text or bytes, each made from the other when it is asked for. */

import type { Limits } from '../limits.ts'
import { type Begin, decodeArmorFrom, findBegin } from '../wire/armor.ts'
import { unescapeFile, unquoteLine } from '../wire/json-string.ts'
import { checkInput, encodeText, inputText } from '../wire/text.ts'

/** A JWK that is an object already (RFC 7517). */
export interface JwkObject {
  readonly kty: string
  readonly [member: string]: unknown
}

/** What parsers take: text, the bytes of a file, or a JWK. */
export type Input = string | Uint8Array | JwkObject

function isJwk(input: Input): input is JwkObject {
  return typeof input === 'object' && !(input instanceof Uint8Array) && input !== null && 'kty' in input
}

/**
 * One input, in the forms in which the formats look at it: for formats of your own.
 *
 * @example
 * ```ts
 * import { Source } from 'hawser/formats'
 *
 * const source = new Source('-----BEGIN EXAMPLE-----\nAQID\n-----END EXAMPLE-----\n')
 * console.log(source.label, [...source.decodeBody()]) // EXAMPLE [ 1, 2, 3 ]
 * source.wipe()
 * ```
 */
export class Source {
  readonly #input: string | Uint8Array
  readonly #limits: Partial<Limits> | undefined
  #bytes: Uint8Array | undefined
  #text: string | undefined
  /** The first BEGIN line of `#bytes`. */
  #begin: Begin | undefined

  /** Throws `LimitError` `limit` for an input that is too long, `TypeError` for one that is neither text nor bytes. */
  constructor(input: Input, limits?: Partial<Limits>) {
    const file = isJwk(input) ? JSON.stringify(input) : input
    checkInput(file, limits)
    this.#input = file
    this.#limits = limits
  }

  /** The octets of the input, out of the JSON string around it where there is one; not a copy where it came as bytes. */
  get bytes(): Uint8Array {
    if (!this.#bytes) {
      const bytes = typeof this.#input === 'string' ? encodeText(this.#input) : this.#input
      this.#begin = findBegin(bytes)
      // A file that begins with a BEGIN line, as most do, stands in no JSON.
      const unescaped = this.#begin?.start === 0 ? undefined : unescapeFile(bytes)
      if (unescaped) this.#begin = findBegin(unescaped)
      this.#bytes = unescaped ?? bytes
    }
    return this.#bytes
  }

  /** The body of the first armored block, decoded anew. Throws as `decodeArmor` does. */
  decodeBody(): Uint8Array {
    return decodeArmorFrom(this.bytes, this.#begin).body
  }

  /** Overwrites the copies that were made of the input: its octets as bytes where it came as text, or out of JSON. */
  wipe(): void {
    if (this.#bytes !== this.#input) this.#bytes?.fill(0)
  }

  /**
   * The input as lossless text, without a byte order mark; of JSON, the public line in it. Private material is read from
   * `bytes` instead.
   */
  get text(): string {
    this.#text ??= unquoteLine(inputText(this.#input, this.#limits))
    return this.#text
  }

  /** The label of the first armored block, if there is one. */
  get label(): string | undefined {
    // Without such a line, text need not become bytes.
    if (!this.#bytes && typeof this.#input === 'string' && !this.#input.includes('-----BEGIN ')) {
      return undefined
    }
    return this.bytes && this.#begin?.label
  }

  /** True for bytes that begin as a DER SEQUENCE does and hold no armor. */
  get isDer(): boolean {
    return typeof this.#input !== 'string' && this.#input[0] === 0x30 && this.label === undefined
  }
}

/** Runs `work` on the octets behind the text of a file: the body of its armor, wiped afterwards, or the file as it is. */
export function withBodyNow<T>(source: Source, work: (body: Uint8Array) => T): T {
  if (source.label === undefined) return work(source.bytes)
  const body = source.decodeBody()
  try {
    return work(body)
  } finally {
    body.fill(0)
  }
}
