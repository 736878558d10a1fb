/** What containers in PEM and DER share (RFC 7468): how a file is told, and lines of 64 characters. */

import { derOutline } from '../asn1/index.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import { encodeArmor } from '../wire/armor.ts'
import type { PrivateFileFacts } from './format.ts'
import type { Source } from './source.ts'

/** Characters of base64 on a line: RFC 7468 section 2. */
export const PEM_WIDTH = 64

/** Whether a file is a block of one of `labels`, or raw DER whose elements look like `outline`. */
export function looksLike(source: Source, labels: readonly string[], outline: RegExp): boolean {
  if (source.label !== undefined) return labels.includes(source.label)
  const shape = derOutline(source.bytes)
  return shape !== undefined && outline.test(shape)
}

/** What a plain file tells of its key, which is wiped. */
export function plainFacts(key: PrivateKey): PrivateFileFacts {
  key.wipe()
  return { encrypted: null, publicKey: key.publicKey }
}

/** Armors DER and wipes it. */
export function armorAndWipe(label: string, der: Uint8Array): string {
  try {
    return encodeArmor(label, der, PEM_WIDTH)
  } finally {
    der.fill(0)
  }
}
