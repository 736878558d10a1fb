/** The input of a parser: text or bytes, each made from the other when it is asked for. */

import type { Limits } from '../limits.ts'
import { armorLabel } from '../wire/armor.ts'
import { checkInput, encodeText, inputText } from '../wire/text.ts'

/** What parsers take: text or the bytes of a file. */
export type Input = string | Uint8Array

/** One input, in the forms in which the formats look at it. */
export class Source {
  readonly #input: Input
  #bytes: Uint8Array | undefined
  #text: string | undefined
  #label: string | undefined | null = null

  /** Throws `LimitError` `limit` for an input that is too long, `TypeError` for one that is neither text nor bytes. */
  constructor(input: Input, limits?: Partial<Limits>) {
    checkInput(input, limits)
    this.#input = input
  }

  /** The octets of the input; not a copy where it came as bytes. */
  get bytes(): Uint8Array {
    this.#bytes ??= typeof this.#input === 'string' ? encodeText(this.#input) : this.#input
    return this.#bytes
  }

  /** The input as lossless text, without a byte order mark. Private material is read from `bytes` instead. */
  get text(): string {
    this.#text ??= inputText(this.#input)
    return this.#text
  }

  /** The label of the first armored block, if there is one. */
  get label(): string | undefined {
    if (this.#label === null) this.#label = armorLabel(this.bytes)
    return this.#label
  }
}
