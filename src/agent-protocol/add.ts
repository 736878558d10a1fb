/**
 * The contents of an add (RFC 9987 section 5.2): a type name and a private key, or a certificate and what it lacks of
 * the private key (draft-miller-ssh-cert; sshkey.c `sshkey_private_serialize_opt`), then comment and constraints.
 */

import { decodeCertificate } from '../cert/decode.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import type { Certificate } from '../keys/certificate.ts'
import { type Field, readFields, wipeSecrets, writeFields } from '../keys/fields.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type KeyOptions, publicComponents } from '../keys/public-key.ts'
import { NAME_LENGTH, withLimits } from '../limits.ts'
import { mismatch } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import { encodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { type Constraint, readConstraints, writeConstraints } from './constraint.ts'
import type { AddRequest } from './messages.ts'

/** A key as it is added. */
export interface AddedKey {
  /** Yours to wipe. That its halves belong together is proved by its type's `checkPrivate`. */
  readonly key: PrivateKey
  /** The certificate that the agent is to present the key with. Its signature is not verified here. */
  readonly certificate: Certificate | undefined
  /** Lossless text. */
  readonly comment: string
  readonly constraints: readonly Constraint[]
}

/** What is added with a key. */
export interface AddOptions {
  /** A certificate of the key. */
  readonly certificate?: Certificate | undefined
  /** The key's own comment where it is not given. */
  readonly comment?: string | undefined
  readonly constraints?: readonly Constraint[] | undefined
}

function fieldsBehindCertificate({ publicFields, privateFields }: KeyType): Field[] {
  return privateFields.filter(({ name, again }) => again || !publicFields.some((field) => field.name === name))
}

/** The certificate at the head of `reader`, whose type is named already. */
function readCertificate(reader: Reader, name: string, options: KeyOptions): Certificate {
  const certificate = decodeCertificate(reader.string('certificate'), options)
  if (certificate.type !== name) throw mismatch('certificate')
  return certificate
}

/**
 * What an add holds (RFC 9987 section 5.2). Throws `FormatError` (`truncated`, `bad-value`, `type-mismatch`,
 * `key-mismatch`), `LimitError` `limit`, `UnsupportedError` `unsupported-type` for a key of a type that is not among
 * `types`.
 *
 * @example
 * ```ts
 * import { decodeAdd, encodeAdd } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519, { comment: 'deploy' })
 * const request = encodeAdd(key, { constraints: [{ kind: 'lifetime', seconds: 3600 }] })
 * const added = decodeAdd(request, { types: [ed25519] })
 * console.log(added.comment, added.constraints[0]?.kind) // deploy lifetime
 * ```
 */
export function decodeAdd({ contents }: Pick<AddRequest, 'contents'>, options: KeyOptions): AddedKey {
  const { types } = options
  const limits = withLimits(options.limits)
  const reader = new Reader(contents, limits.stringLength)
  const name = reader.name('key type', NAME_LENGTH)
  const subject = types.find(({ certName }) => certName === name)
  const type = subject ?? needType(types, name)
  const certificate = subject && readCertificate(reader, name, options)
  const components = certificate
    ? readFields(reader, fieldsBehindCertificate(type), name, publicComponents(certificate.publicKey, type, limits))
    : readFields(reader, type.privateFields, name)
  try {
    if (!certificate) type.checkPublic(components, limits)
    const comment = reader.text('comment')
    const constraints = readConstraints(reader)
    return { key: new PrivateKey(type, components, comment), certificate, comment, constraints }
  } catch (error) {
    wipeSecrets(type.privateFields, components)
    throw error
  }
}

/**
 * The request that adds a key, with its certificate where there is one (RFC 9987 section 5.2); `add` of a client wipes
 * it, else you do. Throws `FormatError` (`key-mismatch` for the certificate of another key, `bad-encoding` for text
 * that stands for no octets), `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { encodeAdd, wipeRequest } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519, { comment: 'deploy' })
 * const request = encodeAdd(key, { constraints: [{ kind: 'lifetime', seconds: 600 }, { kind: 'confirm' }] })
 * console.log(request.kind, request.constrained) // add true
 * wipeRequest(request)
 * ```
 */
export function encodeAdd(key: PrivateKey, options: AddOptions = {}): AddRequest {
  const { certificate, comment = key.comment, constraints = [] } = options
  const { keyType } = key
  const components = key.exposeComponents()
  // Before any secret is written: these may throw.
  const tail = new Writer().string(encodeText(comment))
  writeConstraints(tail, constraints)
  const writer = new Writer()
  if (certificate) {
    if (!equalBytes(key.publicKey.blob, certificate.publicKey.blob)) throw mismatch('certificate')
    writer.string(certificate.type).string(certificate.blob)
  } else writer.string(keyType.name)
  writeFields(writer, certificate ? fieldsBehindCertificate(keyType) : keyType.privateFields, components)
  return { kind: 'add', constrained: constraints.length > 0, contents: writer.raw(tail.take()).take() }
}
