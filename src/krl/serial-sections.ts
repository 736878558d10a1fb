/**
 * Writing serial numbers as lists, ranges and bitmaps (PROTOCOL.krl sections 2.1 to 2.3), in the fewest octets.
 *
 * `ssh-keygen -k` decides from one range to the next (krl.c `choose_next_state`); here all ways to write whole ranges are
 * compared, its own among them, in one pass. And it writes bitmaps of any length, though neither it nor sshd reads one of
 * more than 16384 bits (sshbuf.h SSHBUF_MAX_BIGNUM; 9.2 and 10.6: "bignum is too large"): here they stay below.
 */

import { Writer } from '../wire/writer.ts'
import { section } from './krl.ts'
import type { SerialRanges } from './serials.ts'

/** Bits of the largest bitmap. */
const BITMAP_BITS = 16384

/** Gaps and ranges count for no more than this: no bitmap spans them. */
const FAR = BITMAP_BITS * 2

/** Octets of a section's type and length, and of a number. */
const HEADER = 5
const NUMBER = 8

const RANGE_COST = HEADER + 2 * NUMBER

/** Octets of the mpint of a bitmap of `bits` bits, the highest one set: there is always room for the sign. */
const bitmapLength = (bits: number): number => (bits >> 3) + 1
const bitmapCost = (bits: number): number => HEADER + NUMBER + 4 + bitmapLength(bits)

/** How a range is written: in the list, as a range, or in the bitmap that begins with the range of that index. */
const LIST = -1
const RANGE = -2

interface Plan {
  readonly cost: number
  readonly form: Int32Array
}

/** Where ranges begin and end, as numbers: distances within reach of a bitmap are exact. */
interface Places {
  readonly from: Float64Array
  readonly to: Float64Array
}

function placesOf({ first, last }: SerialRanges): Places {
  const from = new Float64Array(first.length)
  const to = new Float64Array(first.length)
  let at = 0
  for (let i = 0; i < first.length; i++) {
    if (i > 0) at += Math.min(Number(first[i]! - last[i - 1]!), FAR)
    from[i] = at
    at += Math.min(Number(last[i]! - first[i]!), FAR)
    to[i] = at
  }
  return { from, to }
}

/** The cheapest forms, where a number in the list costs `listed` octets. */
function plan({ from, to }: Places, listed: number): Plan {
  const count = from.length
  const form = new Int32Array(count)
  // cost[i]: octets of the first i ranges.
  const cost = new Float64Array(count + 1)
  // Of the bitmaps that could hold range i, the one that begins with j costs cost[j] + bitmapCost(to[i] - from[j] + 1),
  // so the best j has the least 8 * cost[j] - from[j], whatever i is. A queue holds those that can become the best.
  const weight = (j: number): number => 8 * cost[j]! - from[j]!
  const queue = new Int32Array(count)
  let head = 0
  let tail = 0
  for (let i = 0; i < count; i++) {
    while (tail > head && weight(queue[tail - 1]!) >= weight(i)) tail--
    queue[tail++] = i
    while (head < tail && to[i]! - from[queue[head]!]! >= BITMAP_BITS) head++
    form[i] = LIST
    let least = cost[i]! + listed * (to[i]! - from[i]! + 1)
    if (cost[i]! + RANGE_COST < least) {
      form[i] = RANGE
      least = cost[i]! + RANGE_COST
    }
    if (head < tail) {
      const j = queue[head]!
      const bitmap = cost[j]! + bitmapCost(to[i]! - from[j]! + 1)
      if (bitmap < least) {
        form[i] = j
        least = bitmap
      }
    }
    cost[i + 1] = least
  }
  return { cost: cost[count]!, form }
}

/** Writes the sections of these numbers. */
export function writeSerials(writer: Writer, ranges: SerialRanges): void {
  const places = placesOf(ranges)
  const bare = plan(places, Number.POSITIVE_INFINITY)
  const listing = plan(places, NUMBER)
  // All single numbers share one list, and its header.
  const { form } = bare.cost <= HEADER + listing.cost ? bare : listing
  const { first, last } = ranges
  // From the end: each form says where the one before it ends. Then in order, the list ahead.
  const starts: number[] = []
  let listed = 0
  for (let i = first.length - 1; i >= 0; ) {
    const start = form[i]! < 0 ? i : form[i]!
    if (form[i] === LIST) listed += Number(last[i]! - first[i]!) + 1
    starts.push(start, i)
    i = start - 1
  }
  const list = new DataView(new ArrayBuffer(listed * NUMBER))
  const rest = new Writer()
  let at = 0
  for (let s = starts.length - 2; s >= 0; s -= 2) {
    const [start, end] = [starts[s]!, starts[s + 1]!]
    if (form[end] === LIST) {
      for (let serial = first[end]!; serial <= last[end]!; serial++, at += NUMBER) list.setBigUint64(at, serial)
    } else if (form[end] === RANGE) {
      rest
        .u8(section.serialRange)
        .u32(2 * NUMBER)
        .u64(first[end]!)
        .u64(last[end]!)
    } else writeBitmap(rest, ranges, places, start, end)
  }
  if (listed > 0) writer.u8(section.serialList).string(new Uint8Array(list.buffer))
  writer.raw(rest.take())
}

function writeBitmap(writer: Writer, ranges: SerialRanges, { from, to }: Places, start: number, end: number): void {
  const offset = from[start]!
  const bits = new Uint8Array(bitmapLength(to[end]! - offset + 1))
  for (let i = start; i <= end; i++) {
    for (let bit = from[i]! - offset; bit <= to[i]! - offset; bit++)
      bits[bits.length - 1 - (bit >> 3)]! |= 1 << (bit & 7)
  }
  writer
    .u8(section.serialBitmap)
    .u32(NUMBER + 4 + bits.length)
    .u64(ranges.first[start]!)
    .string(bits)
}
