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
import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad, noType } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'

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

function readPrincipals(reader: Reader, limits: Limits): string[] {
  const principals: string[] = []
  while (reader.left) {
    if (principals.length === limits.principals) {
      throw aboveLimit('principals', limits.principals)
    }
    principals.push(reader.text('principal'))
  }
  return principals
}

/** Options as they stand, in whatever order: OpenSSH does not ask for one, and asyncssh writes them unsorted. */
function readOptions(reader: Reader, what: string, limits: Limits): CertificateOption[] {
  const options: CertificateOption[] = []
  while (reader.left) {
    if (options.length === limits.certificateOptions) {
      throw aboveLimit(`${what}s`, limits.certificateOptions)
    }
    options.push({ name: reader.text(`${what} name`), data: reader.string(`${what} value`) })
  }
  return options
}

/**
 * A certificate from its blob. Its signature is not verified here: `checkCertificate` and
 * `verifyCertificateSignature` do that over these bytes. An authority that is itself a certificate is refused before
 * it is looked into. Throws `FormatError`, `LimitError`, `UnsupportedError` `unsupported-type`.
 */
export function decodeCertificate(
  blob: Uint8Array,
  options: KeyOptions & { readonly comment?: string | undefined },
): Certificate {
  const limits = withLimits(options.limits)
  if (blob.length > limits.inputLength) throw aboveLimit('certificate', `${limits.inputLength} octets`)
  const bytes = new Uint8Array(blob)
  const reader = new Reader(bytes, limits.stringLength)
  const name = reader.name('certificate type', limits.nameLength)
  const type = subjectType(options.types, name)
  const nonce = reader.string('nonce')
  const subject = reader.offset
  type.checkPublic(viewFields(reader, type.publicFields, name), limits)
  const subjectBlob = new Writer().string(type.name).raw(reader.since(subject)).take()
  const serial = reader.u64('serial')
  const kind = kinds[reader.u32('kind of certificate')]
  if (!kind) throw bad('kind of certificate', 'user or host')
  const keyId = reader.text('key id')
  const principals = readPrincipals(reader.inner('principals'), limits)
  const validAfter = reader.u64('valid after')
  const validBefore = reader.u64('valid before')
  const criticalOptions = readOptions(reader.inner('critical options'), 'critical option', limits)
  const extensions = readOptions(reader.inner('extensions'), 'extension', limits)
  const reserved = reader.string('reserved')
  const authorityBlob = reader.string('authority')
  if (isCertificateName(options.types, blobType(authorityBlob))) {
    throw new FormatError('is-certificate', 'authority: a plain key expected')
  }
  const authority = decodePublicKey(authorityBlob, { types: options.types, limits })
  const signedLength = reader.offset
  const signature = decodeSignature(reader.string('signature'), limits)
  reader.end('certificate')
  return {
    type: name,
    blob: bytes,
    signedLength,
    comment: options.comment ?? '',
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
