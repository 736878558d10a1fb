/**
 * Reading certificates (draft-miller-ssh-cert sections 2 and 3; sshkey.c `cert_parse`). The bytes are kept: they are
 * what is verified and written again.
 */

import { FormatError } from '../errors.ts'
import type { Certificate, CertificateOption } from '../keys/certificate.ts'
import { viewFields } from '../keys/fields.ts'
import { isCertificateName, type KeyType } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions } from '../keys/public-key.ts'
import { decodeSignature } from '../keys/signature.ts'
import { withLimits } from '../limits.ts'
import { aboveLimit, bad, noType } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'
import { Reader } from '../wire/reader.ts'
import { encodeText, escapeText } from '../wire/text.ts'

/** The kinds by their number on the wire. */
const kinds: Readonly<Record<number, Certificate['kind']>> = { 1: 'user', 2: 'host' }

function subjectType(types: readonly KeyType[], name: string): KeyType {
  const type = types.find((t) => t.certName === name)
  if (type) return type
  if (isCertificateName(types, name)) {
    throw noType('certificate type', name)
  }
  throw new FormatError('type-mismatch', `certificate expected, "${escapeText(name, 64)}" found`)
}

/** The items of the list in the next string, at most `most` of them. */
function readList<T>(reader: Reader, what: string, most: number, read: (list: Reader) => T): T[] {
  const list = reader.inner(what)
  const items: T[] = []
  while (list.left) {
    if (items.length === most) throw aboveLimit(what, most)
    items.push(read(list))
  }
  return items
}

/** An option. OpenSSH asks for no order of them, and asyncssh writes them unsorted. */
function readOption(list: Reader): CertificateOption {
  return { name: list.text('option name'), data: list.string('option value') }
}

/**
 * A certificate from its blob. Its signature is not verified here: `checkCertificate` and
 * `verifyCertificateSignature` do that over these bytes. An authority that is itself a certificate is refused before
 * it is looked into. Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, `type-mismatch` for a plain key,
 * `is-certificate` for such an authority), `LimitError` `limit`, `UnsupportedError` `unsupported-type`.
 *
 * @example
 * ```ts
 * import { decodeCertificate, issueCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const types = [ed25519]
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const facts = { kind: 'host', keyId: 'db1', principals: ['db1'], validAfter: 0, validBefore: 1000 } as const
 * const { blob } = await issueCertificate({ ...facts, publicKey }, await generatePrivateKey(ed25519), { types })
 * const { kind, keyId, validBefore } = decodeCertificate(blob, { types })
 * console.log(kind, keyId, validBefore) // host db1 1000n
 * ```
 */
export function decodeCertificate(
  blob: Uint8Array,
  options: KeyOptions & { readonly comment?: string | undefined },
): Certificate {
  const { inputLength } = withLimits(options.limits)
  if (blob.length > inputLength) throw aboveLimit('certificate', `${inputLength} octets`)
  return readCertificate(new Uint8Array(blob), options, options.comment ?? '')
}

/** The same of a blob that nobody else has, of a file within its limit. */
export function readCertificate(bytes: Uint8Array, options: KeyOptions, comment: string): Certificate {
  const limits = withLimits(options.limits)
  const reader = new Reader(bytes, limits.stringLength)
  const name = reader.name('certificate type', limits.nameLength)
  const type = subjectType(options.types, name)
  const nonce = reader.string('nonce')
  const subject = reader.offset
  type.checkPublic(viewFields(reader, type.publicFields, name), limits)
  const subjectBlob = concat([[0, 0, 0, type.name.length], encodeText(type.name), reader.since(subject)])
  const serial = reader.u64('serial')
  const kind = kinds[reader.u32('kind of certificate')]
  if (!kind) throw bad('kind of certificate', 'user or host')
  const keyId = reader.text('key id')
  const principals = readList(reader, 'principals', limits.principals, (list) => list.text('principal'))
  const validAfter = reader.u64('valid after')
  const validBefore = reader.u64('valid before')
  const criticalOptions = readList(reader, 'critical options', limits.certificateOptions, readOption)
  const extensions = readList(reader, 'extensions', limits.certificateOptions, readOption)
  const reserved = reader.string('reserved')
  const authority = decodePublicKey(reader.string('authority'), { types: options.types, limits })
  const signedLength = reader.offset
  const signature = decodeSignature(reader.string('signature'), limits)
  reader.end('certificate')
  return {
    type: name,
    blob: bytes,
    signedLength,
    comment,
    kind,
    nonce,
    publicKey: { type: type.name, blob: subjectBlob, comment: '' },
    serial,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    extensions,
    reserved,
    authority,
    signature,
  }
}
