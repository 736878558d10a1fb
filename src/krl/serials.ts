/** Serial numbers as sorted ranges: what all three forms of PROTOCOL.krl (sections 2.1 to 2.3) come to. */

/** Ranges of serial numbers, sorted, neither overlapping nor touching. */
export interface SerialRanges {
  /** First number of each. */
  readonly first: BigUint64Array
  /** Last number of each. */
  readonly last: BigUint64Array
}

/** Joins ranges in any order, `first[i]` to `last[i]`, in place. */
export function uniteRanges(first: BigUint64Array, last: BigUint64Array): SerialRanges {
  // Sorted apart: a union ends where as many ranges have ended as have begun. No pair is moved, and the sort is native.
  first.sort()
  last.sort()
  let count = 0
  let start = 0
  for (let i = 0; i < first.length; i++) {
    const end = last[i]!
    if (i + 1 < first.length && first[i + 1]! <= end + 1n) continue
    first[count] = first[start]!
    last[count++] = end
    start = i + 1
  }
  return count === first.length ? { first, last } : { first: first.slice(0, count), last: last.slice(0, count) }
}

/**
 * Whether the number is in one of the ranges.
 *
 * @example
 * ```ts
 * import { createKrl, hasSerial } from 'hawser/krl'
 *
 * const krl = createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: [3n, [5n, 9n]] }] })
 * const { serials } = krl.authorities.get('')! // of any authority
 * console.log(hasSerial(serials, 7n), hasSerial(serials, 4n)) // true false
 * ```
 */
export function hasSerial({ first, last }: SerialRanges, serial: bigint): boolean {
  let low = 0
  let high = first.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (first[middle]! <= serial) low = middle + 1
    else high = middle
  }
  return low > 0 && last[low - 1]! >= serial
}

/** Collects ranges in any order. */
export class SerialCollector {
  #first: BigUint64Array = new BigUint64Array(8)
  #last: BigUint64Array = new BigUint64Array(8)
  #count = 0

  /** Adds the numbers `first` to `last`. */
  add(first: bigint, last: bigint): void {
    if (this.#count === this.#first.length) {
      this.#first = doubled(this.#first)
      this.#last = doubled(this.#last)
    }
    this.#first[this.#count] = first
    this.#last[this.#count++] = last
  }

  /** All that was added; the collector is not to be used afterwards. */
  ranges(): SerialRanges {
    return uniteRanges(this.#first.slice(0, this.#count), this.#last.slice(0, this.#count))
  }
}

function doubled(numbers: BigUint64Array): BigUint64Array {
  const out = new BigUint64Array(numbers.length * 2)
  out.set(numbers)
  return out
}
