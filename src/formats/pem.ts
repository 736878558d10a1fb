/** What containers in PEM and DER share (RFC 7468): how a file is told, taken apart and armored. */

import { derOutline } from '../asn1/index.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { encodeArmor } from '../wire/armor.ts'
import type { PrivateFormat } from './format.ts'
import { type Encrypted, openDer, schemeFacts } from './scheme.ts'
import type { Source } from './source.ts'

/** Characters of base64 on a line: RFC 7468 section 2. */
export const PEM_WIDTH = 64

/** Whether a file is a block of one of `labels`, or raw DER whose elements look like `outline`. */
export function looksLike(source: Source, labels: readonly string[], outline: RegExp): boolean {
  if (source.label !== undefined) return labels.includes(source.label)
  const shape = derOutline(source.bytes)
  return shape !== undefined && outline.test(shape)
}

/** A file with a private key, out of its armor; the body is wiped unless it is the source's own. */
export interface Opened {
  readonly body: Uint8Array
}

/** Reading of private keys in DER, plain or encrypted: what the containers differ in. */
export interface DerPrivate<File extends Opened> {
  /** For messages. */
  readonly what: string
  open(source: Source, options: KeyOptions): File
  /** How the body is encrypted; `undefined` where it is plain. */
  encryption(file: File, source: Source, options: KeyOptions): Encrypted | undefined
  /** The key in plain DER, which stays the caller's. */
  decode(der: Uint8Array, options: KeyOptions, file: File): PrivateKey
}

/** A container that reads so, and does the rest as `others` do. */
export function derPrivate<File extends Opened, Others extends Omit<PrivateFormat, 'facts' | 'parse'>>(
  { what, open, encryption, decode }: DerPrivate<File>,
  others: Others,
): Others & PrivateFormat {
  const wipe = ({ body }: File, source: Source): void => {
    if (body !== source.bytes) body.fill(0)
  }
  return {
    ...others,
    facts(source, options) {
      const file = open(source, options)
      try {
        const encrypted = encryption(file, source, options)
        if (encrypted) return { encrypted: schemeFacts(encrypted.scheme), publicKey: undefined }
        const key = decode(file.body, options, file)
        key.wipe()
        return { encrypted: null, publicKey: key.publicKey }
      } finally {
        wipe(file, source)
      }
    },
    async parse(source, options) {
      const file = open(source, options)
      let der: Uint8Array | undefined
      try {
        const encrypted = encryption(file, source, options)
        if (encrypted) der = await openDer(encrypted, what, options)
        return decode(der ?? file.body, options, file)
      } finally {
        der?.fill(0)
        wipe(file, source)
      }
    },
  }
}

/** Armors DER and wipes it. */
export function armorAndWipe(label: string, der: Uint8Array): string {
  try {
    return encodeArmor(label, der, PEM_WIDTH)
  } finally {
    der.fill(0)
  }
}
