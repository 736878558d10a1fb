/** Certificates made by hand, field by field, so that any of them can be wrong; and the parts to make them wrong with. */

import { allTypes, findType, signatureOf } from '../../src/keys/index.ts'
import { encodeText, Reader, Writer } from '../../src/wire/index.ts'
import { type KeyFiles, makeKeys } from './support.ts'

export const subjects = await makeKeys('subject', [2048])
export const authorities = await makeKeys('authority', [2048])
export const byLabel = (keys: readonly KeyFiles[], label: string): KeyFiles =>
  keys.find((k) => k.label.startsWith(label))!
export const ed = byLabel(authorities, 'ed25519')
export const ecdsa = byLabel(authorities, 'ecdsa-p256')
export const rsa = byLabel(authorities, 'rsa')

export type Bytes = Uint8Array

/** The fields of a certificate as they will stand in it, framing left out; a case changes some of them. */
export interface Fields {
  name: string
  nonce: Bytes
  /** Encoded public fields of the key. */
  key: Bytes
  serial: bigint
  kind: number
  keyId: Bytes
  principals: Bytes
  after: bigint
  before: bigint
  critical: Bytes
  extensions: Bytes
  reserved: Bytes
  authority: Bytes
}

export interface Case {
  readonly name: string
  readonly by?: KeyFiles
  readonly subject?: KeyFiles
  readonly fields?: Partial<Fields>
  /** Changes the signature's blob. */
  readonly signature?: (blob: Bytes) => Bytes
  /** Signs with another algorithm than the first. */
  readonly algorithm?: string
  /** Changes the whole blob after it was signed. */
  readonly blob?: (blob: Bytes) => Bytes
  /** Type on the line, where it is not the certificate's. */
  readonly line?: string
  /** ssh-keygen reads the values of known options as it prints them, we when they are judged: that too, then. */
  readonly options?: true
  /** Why we refuse what ssh-keygen loads. */
  readonly stricter?: string
}

export const strings = (...items: readonly (string | Bytes)[]): Bytes => {
  const writer = new Writer()
  for (const item of items) writer.string(item)
  return writer.take()
}
export const bytes = (...octets: readonly number[]): Bytes => Uint8Array.from(octets)
export const join = (...parts: readonly Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]))
/** An mpint's octets as they are, whether minimal or not. */
export const integer = (hex: string): Bytes => strings(Uint8Array.from(Buffer.from(hex, 'hex')))

/** What stands behind the type name in a plain key's blob. */
export function keyFields(blob: Bytes): Bytes {
  const reader = new Reader(blob)
  reader.name('type', 64)
  return reader.rest()
}

export function usualFields(subject: KeyFiles, by: KeyFiles): Fields {
  return {
    name: findType(allTypes, subject.key.type)!.certName,
    nonce: new Uint8Array(32).fill(7),
    key: keyFields(subject.key.publicKey.blob),
    serial: 5n,
    kind: 1,
    keyId: encodeText('id'),
    principals: strings('root'),
    after: 0n,
    before: 1n << 40n,
    critical: new Uint8Array(0),
    extensions: strings('permit-pty', ''),
    reserved: new Uint8Array(0),
    authority: by.key.publicKey.blob,
  }
}

export async function build(c: Case): Promise<{ name: string; blob: Bytes }> {
  const by = c.by ?? ed
  const f = { ...usualFields(c.subject ?? subjects[0]!, by), ...c.fields }
  const signed = new Writer()
    .string(f.name)
    .string(f.nonce)
    .raw(f.key)
    .u64(f.serial)
    .u32(f.kind)
    .string(f.keyId)
    .string(f.principals)
    .u64(f.after)
    .u64(f.before)
    .string(f.critical)
    .string(f.extensions)
    .string(f.reserved)
    .string(f.authority)
    .take()
  const signature = await by.key.sign(signed, { algorithm: c.algorithm })
  const blob = new Writer()
    .raw(signed)
    .string((c.signature ?? ((b) => b))(signature.blob))
    .take()
  return { name: c.line ?? f.name, blob: (c.blob ?? ((b) => b))(blob) }
}
/** The value behind the algorithm's name in a signature, changed. */
export function value(change: (value: Bytes) => Bytes): (blob: Bytes) => Bytes {
  return (blob) => {
    const reader = new Reader(blob)
    const algorithm = reader.name('algorithm', 64)
    return signatureOf(algorithm, strings(change(reader.string('value')))).blob
  }
}

/** r and s of an ECDSA signature, changed; their octets stay as the change leaves them. */
export function scalars(change: (r: Bytes, s: Bytes) => readonly Bytes[]): (blob: Bytes) => Bytes {
  return value((inner) => {
    const reader = new Reader(inner)
    return strings(...change(reader.string('r'), reader.string('s')))
  })
}

export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
export const ED25519_ORDER = (1n << 252n) + 27742317777372353535851937790883648493n

export function toBigInt(big: Bytes): bigint {
  return BigInt(`0x${Buffer.from(big).toString('hex')}`)
}

export function toBytes(n: bigint, length: number): Bytes {
  return Uint8Array.from(Buffer.from(n.toString(16).padStart(2 * length, '0'), 'hex'))
}

/** The least octets of an mpint. */
export function toInteger(n: bigint): Bytes {
  const hex = n.toString(16)
  const even = hex.padStart(hex.length + (hex.length % 2), '0')
  return Uint8Array.from(Buffer.from(Number.parseInt(even.slice(0, 2), 16) > 127 ? `00${even}` : even, 'hex'))
}

/** S + L: the same signature modulo the group's order (RFC 8032 section 5.1.7 forbids it). */
export function addOrder(signature: Bytes): Bytes {
  const s = toBigInt(signature.slice(32).reverse()) + ED25519_ORDER
  return join(signature.subarray(0, 32), toBytes(s, 32).reverse())
}

export function rsaFields(): { e: Bytes; n: Bytes } {
  const reader = new Reader(keyFields(byLabel(subjects, 'rsa').key.publicKey.blob))
  return { e: reader.string('e'), n: reader.string('n') }
}

export function p256Fields(change: (point: Bytes) => Bytes, curve = 'nistp256'): Bytes {
  const reader = new Reader(keyFields(byLabel(subjects, 'ecdsa-p256').key.publicKey.blob))
  reader.string('curve')
  return strings(curve, change(reader.string('point')))
}

export function flip(at: number, bit = 0): (value: Bytes) => Bytes {
  return (input) => {
    const out = input.slice()
    const i = at < 0 ? out.length + at : at
    out[i] = out[i]! ^ (1 << bit)
    return out
  }
}
