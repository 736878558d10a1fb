/**
 * How key types stand in the private half of PuTTY's files: PuTTY manual, appendix C, section C.3. The layout is
 * PuTTY's own, so the names stand here; a type that is not listed has no place in such a file.
 */

import { type Components, type Field, readFields } from '../keys/fields.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { type Limits, withLimits } from '../limits.ts'
import { noPlace, trailing } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import type { PpkHead } from './ppk-file.ts'

/**
 * The seed is a little-endian integer: of 32 octets in what PuTTY 0.78 writes, without the zeros at its end in what older
 * releases wrote (ecc-ssh.c `put_mp_le_unsigned`), which is the tolerance here.
 */
const seed: Field = {
  name: 'seed',
  kind: 'string',
  max: 32,
  secret: true,
  codec: {
    decode(wire) {
      const out = new Uint8Array(32)
      out.set(wire)
      return out
    },
    encode: (value) => value.slice(),
  },
}

/** The private components in their order: by name where they stand as in the type's own fields. */
const layouts: Readonly<Record<string, readonly (string | Field)[]>> = {
  'ssh-rsa': ['d', 'p', 'q', 'iqmp'],
  'ssh-dss': ['x'],
  'ecdsa-sha2-nistp256': ['scalar'],
  'ecdsa-sha2-nistp384': ['scalar'],
  'ecdsa-sha2-nistp521': ['scalar'],
  'ssh-ed25519': [seed],
}

/** Throws `UnsupportedError` `unsupported-type` for a type that PuTTY's files do not hold. */
export function needLayout(typeName: string): readonly (string | Field)[] {
  const layout = Object.hasOwn(layouts, typeName) ? layouts[typeName] : undefined
  if (layout) return layout
  throw noPlace('PuTTY', typeName)
}

/** The fields of a type's private half. Throws `UnsupportedError` `unsupported-type`. */
export function privateFields(type: KeyType): readonly Field[] {
  return needLayout(type.name).map((entry) => {
    const field = typeof entry === 'string' ? type.privateFields.find((f) => f.name === entry) : entry
    if (!field) throw new TypeError(`${type.name}: no field ${String(entry)}`)
    return field
  })
}

/**
 * The type of a file and the public fields, judged. Of a certificate (puttygen's `--certificate`) the key in it is
 * taken, and the rest left alone. Throws `FormatError`, `UnsupportedError` `unsupported-type`, `LimitError`.
 */
export function readPublicHalf(
  head: PpkHead,
  types: readonly KeyType[],
  partial: Partial<Limits> | undefined,
): { readonly type: KeyType; readonly components: Components } {
  const limits = withLimits(partial)
  const certified = types.find((type) => type.certName === head.algorithm)
  const name = certified?.name ?? head.algorithm
  needLayout(name)
  const type = needType(types, name)
  const reader = new Reader(head.publicBlob, limits.stringLength)
  reader.name('key type', limits.nameLength)
  if (certified) reader.string('nonce')
  const components = readFields(reader, type.publicFields, type.name)
  if (!certified) reader.end('public half')
  type.checkPublic(components, limits)
  return { type, components }
}

/**
 * The components of a private half whose MAC holds. Encrypted ones are padded to whole blocks, with octets that PuTTY
 * makes of a SHA-1 but does not check. Throws `FormatError`, `LimitError`.
 */
export function readPrivateHalf(
  type: KeyType,
  known: Components,
  blob: Uint8Array,
  blockLength: number,
  limits: Partial<Limits> | undefined,
): Components {
  const reader = new Reader(blob, withLimits(limits).stringLength)
  const fields = privateFields(type)
  const components = readFields(reader, fields, type.name, known)
  if (reader.left < blockLength) return components
  for (const field of fields) components[field.name]?.fill(0)
  throw trailing('private half', reader.left)
}
