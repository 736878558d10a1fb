/**
 * Randomart: a fingerprint as a picture, the walk of a bishop over a board (sshkey.c `fingerprint_randomart`; Perrig and
 * Song, "Hash visualization", 1999). Character by character what `ssh-keygen -lv` prints.
 */

import type { Hash } from '../crypto/hash.ts'
import { findType, type KeyType } from '../keys/key-type.ts'
import { type PublicKey, publicComponents } from '../keys/public-key.ts'
import { fingerprintBytes } from './fingerprint.ts'

const WIDTH = 17
const HEIGHT = 9
/** By the number of visits; the last two mark the start and the end. */
const SYMBOLS = ' .o+=*BOX@%&#/^SE'

/** `[ED25519 256]`; where that is too long for the frame, or the type is unknown, the type alone. */
function frameTitle(key: PublicKey, types: readonly KeyType[]): string {
  const type = findType(types, key.type)
  const name = type?.title ?? key.type
  const full = type ? `[${name} ${type.bits(publicComponents(key, type))}]` : ''
  return (full && full.length <= WIDTH ? full : `[${name}]`).slice(0, WIDTH - 1)
}

function frame(title: string): string {
  const left = Math.floor((WIDTH - title.length) / 2)
  return `+${'-'.repeat(left)}${title}${'-'.repeat(WIDTH - left - title.length)}+`
}

/**
 * Draws the randomart of a key in 11 lines, without a line feed at the end (sshkey.c `fingerprint_randomart`).
 * Throws `FormatError` (`is-certificate`, `truncated`, `bad-value`, …).
 *
 * @example
 * ```ts
 * import { sha256 } from 'hawser/crypto'
 * import { randomart } from 'hawser/fingerprint'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * console.log(randomart(publicKey, { hash: sha256, types: [ed25519] }))
 * ```
 */
export function randomart(
  key: PublicKey,
  options: { readonly hash: Hash; readonly types: readonly KeyType[] },
): string {
  const visits = new Uint8Array(WIDTH * HEIGHT)
  let x = Math.floor(WIDTH / 2)
  let y = Math.floor(HEIGHT / 2)
  const start = y * WIDTH + x
  for (const octet of fingerprintBytes(key, options.hash)) {
    // Two bits a step, the least significant first: bit 0 is right, bit 1 is down.
    for (let shift = 0; shift < 8; shift += 2) {
      const step = octet >> shift
      x = Math.min(WIDTH - 1, Math.max(0, x + (step & 1 ? 1 : -1)))
      y = Math.min(HEIGHT - 1, Math.max(0, y + (step & 2 ? 1 : -1)))
      const at = y * WIDTH + x
      visits[at] = Math.min(visits[at]! + 1, SYMBOLS.length - 3)
    }
  }
  visits[start] = SYMBOLS.length - 2
  visits[y * WIDTH + x] = SYMBOLS.length - 1
  const lines = [frame(frameTitle(key, options.types))]
  for (let row = 0; row < HEIGHT; row++) {
    lines.push(`|${Array.from(visits.subarray(row * WIDTH, (row + 1) * WIDTH), (v) => SYMBOLS[v]).join('')}|`)
  }
  lines.push(frame(`[${options.hash.name.toUpperCase()}]`))
  return lines.join('\n')
}
