/**
 * DES and triple DES (EDE) in CBC mode without padding: FIPS 46-3, FIPS 81.
 *
 * Old key files need them, and neither WebCrypto nor noble has them. Single DES is read, never written. The regular tables
 * of the standard (IP, PC-1, E) are stated as formulas, the others literally. Table look-ups depend on the key, so a
 * neighbour on the same processor might learn from the cache: fit for opening a file, not for a server.
 */

import { checkBlocks, checkLength } from '../wire/expect.ts'

/** The S-boxes S1 to S8: four rows of sixteen values each, one hexadecimal digit a value. */
const boxes: readonly string[] = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
]

/** The permutation P behind the S-boxes; bits count from 1 at the left, as everywhere in the standard. */
const permutation: readonly number[] = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
]

/** Permuted choice 2: which 48 of the 56 key bits make a round key. */
const choice: readonly number[] = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
]

/** S-boxes and P in one: entry `box * 64 + six input bits` is what the box adds to a round's output. */
function roundTable(): Int32Array {
  const table = new Int32Array(512)
  for (let i = 0; i < 512; i++) {
    const box = i >> 6
    // The outer two of the six bits choose the row, the inner four the column.
    const at = (i & 32) | ((i & 1) << 4) | ((i >> 1) & 15)
    const value = Number.parseInt(boxes[box]!.charAt(at), 16) << (28 - 4 * box)
    for (let j = 0; j < 32; j++) table[i]! |= ((value >>> (32 - permutation[j]!)) & 1) << (31 - j)
  }
  return table
}

/** Sets `out` to the sixteen round keys of one 8-octet key, eight 6-bit pieces each, in the order of their use. */
function setRoundKeys(out: Uint8Array, key: Uint8Array, decrypt: boolean): void {
  // PC-1, without the parity bits: C from bit 57 in steps of 8, D from 63, its last four from 28.
  const bits = new Uint8Array(56)
  for (let i = 0; i < 28; i++) {
    const step = (i >> 3) - 8 * (i & 7)
    const [c, d] = [56 + step, i < 24 ? 62 - 2 * (i >> 3) + step : 24 + step]
    bits[i] = (key[c >> 3]! >> (7 - (c & 7))) & 1
    bits[28 + i] = (key[d >> 3]! >> (7 - (d & 7))) & 1
  }
  let turned = 0
  for (let round = 0; round < 16; round++) {
    turned += round === 0 || round === 1 || round === 8 || round === 15 ? 1 : 2
    const start = 8 * (decrypt ? 15 - round : round)
    for (let j = 0; j < 48; j++) {
      const from = choice[j]! - 1
      const half = from < 28 ? 0 : 28
      out[start + Math.floor(j / 6)]! |= bits[half + ((from - half + turned) % 28)]! << (5 - (j % 6))
    }
  }
  bits.fill(0)
}

/** One block in place, through all rounds of one DES or of three. */
function crypt(table: Int32Array, keys: Uint8Array, block: Uint8Array): void {
  let left = 0
  let right = 0
  // IP: the even columns fill the left half, from the last octet to the first.
  for (let i = 0; i < 32; i++) {
    const octet = block[7 - (i & 7)]!
    const column = 2 * (i >> 3)
    left = (left << 1) | ((octet >> (6 - column)) & 1)
    right = (right << 1) | ((octet >> (7 - column)) & 1)
  }
  for (let at = 0; at < keys.length; at += 8) {
    let sum = 0
    // E: box `i` sees six bits from bit 4i-1 on, around the edge; shift counts are taken modulo 32.
    for (let i = 0; i < 8; i++) {
      const six = ((right << (4 * i + 5)) | (right >>> (27 - 4 * i))) & 63
      sum |= table[64 * i + (six ^ keys[at + i]!)]!
    }
    const next = left ^ sum
    left = right
    right = next
    // Between two passes of triple DES, IP undoes FP, and only the swap of the halves is left.
    if (at % 128 === 120) [left, right] = [right, left]
  }
  block.fill(0)
  for (let i = 0; i < 32; i++) {
    const column = 2 * (i >> 3)
    block[7 - (i & 7)]! |= (((left >>> (31 - i)) & 1) << (6 - column)) | (((right >>> (31 - i)) & 1) << (7 - column))
  }
}

/** A key of 8 octets, or of 24 for the three passes of EDE, the middle one of which goes the other way. */
function cbc(length: 8 | 24, key: Uint8Array, iv: Uint8Array, data: Uint8Array, decrypt: boolean): Uint8Array {
  checkLength('DES key', key, length)
  checkLength('DES IV', iv, 8)
  checkBlocks(data, 8)
  const table = roundTable()
  // Not data.slice(), which on a Buffer is a view of the caller's octets.
  const out = new Uint8Array(data)
  const keys = new Uint8Array(16 * length)
  try {
    for (let at = 0; at < length; at += 8) {
      const start = decrypt ? length - 8 - at : at
      setRoundKeys(keys.subarray(16 * at, 16 * at + 128), key.subarray(start, start + 8), decrypt !== (at === 8))
    }
    let previous = iv
    for (let at = 0; at < data.length; at += 8) {
      const block = out.subarray(at, at + 8)
      if (!decrypt) for (let i = 0; i < 8; i++) block[i]! ^= previous[i]!
      crypt(table, keys, block)
      if (decrypt) for (let i = 0; i < 8; i++) block[i]! ^= previous[i]!
      previous = decrypt ? data.subarray(at, at + 8) : block
    }
    return out
  } finally {
    keys.fill(0)
  }
}

/** 3DES-EDE-CBC without padding; key of 24 octets, IV of 8, data in whole blocks. `TypeError` on wrong lengths. */
export function tripleDesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(24, key, iv, data, false)
}

/** The inverse of {@link tripleDesCbcEncrypt}. */
export function tripleDesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(24, key, iv, data, true)
}

/** DES-CBC without padding, for reading only; key and IV of 8 octets, data in whole blocks. `TypeError` on wrong lengths. */
export function desCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(8, key, iv, data, true)
}
