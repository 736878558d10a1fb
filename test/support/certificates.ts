/** Certificates by hand: field by field, so that a test can say any of them, sound or not. */
import type { Signer } from '../../src/keys/index.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { blobOf } from './keys.ts'

/** The fields of an Ed25519 certificate as octets; lists as they stand within their string. */
export interface RawCertificate {
  readonly type: Uint8Array
  readonly nonce: Uint8Array
  /** The public fields of the subject, without its type name. */
  readonly subject: Uint8Array
  readonly serial: bigint
  readonly kind: number
  readonly keyId: Uint8Array
  readonly principals: Uint8Array
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly criticalOptions: Uint8Array
  readonly extensions: Uint8Array
  readonly reserved: Uint8Array
  readonly authority: Uint8Array
  readonly signature: Uint8Array
}

/** Takes an Ed25519 certificate apart. */
export function fieldsOf(bytes: Uint8Array): RawCertificate {
  const r = new Reader(bytes)
  return {
    type: r.string('type').slice(),
    nonce: r.string('nonce').slice(),
    subject: blobOf(r.string('public')),
    serial: r.u64('serial'),
    kind: r.u32('kind'),
    keyId: r.string('key id').slice(),
    principals: r.string('principals').slice(),
    validAfter: r.u64('after'),
    validBefore: r.u64('before'),
    criticalOptions: r.string('critical').slice(),
    extensions: r.string('extensions').slice(),
    reserved: r.string('reserved').slice(),
    authority: r.string('authority').slice(),
    signature: r.string('signature').slice(),
  }
}

/** The part that an authority signs. */
export function signed(c: RawCertificate): Uint8Array {
  return new Writer()
    .string(c.type)
    .string(c.nonce)
    .raw(c.subject)
    .u64(c.serial)
    .u32(c.kind)
    .string(c.keyId)
    .string(c.principals)
    .u64(c.validAfter)
    .u64(c.validBefore)
    .string(c.criticalOptions)
    .string(c.extensions)
    .string(c.reserved)
    .string(c.authority)
    .take()
}

/** The whole blob, with the signature that it has. */
export function blob(c: RawCertificate): Uint8Array {
  return new Writer().raw(signed(c)).string(c.signature).take()
}

/** The whole blob, signed by `signer` over whatever it says. */
export async function signedBy(c: RawCertificate, signer: Signer): Promise<Uint8Array> {
  const whole = { ...c, authority: signer.publicKey.blob }
  const signature = await signer.sign(signed(whole))
  return blob({ ...whole, signature: signature.blob })
}
