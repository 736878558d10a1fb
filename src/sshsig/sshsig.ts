/**
 * SSHSIG, a signature over a message with the key that made it (openssh-portable PROTOCOL.sshsig sections 1 to 3;
 * sshsig.c `sshsig_dearmor`, `sshsig_wrap_verify`).
 */

import { decodeCertificate } from '../cert/decode.ts'
import { sha256, sha512 } from '../crypto/hash.ts'
import { FormatError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { isCertificateName } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { decodeSignature, type Signature } from '../keys/signature.ts'
import { withLimits } from '../limits.ts'
import { decodeArmor, encodeArmor, startsWithAt } from '../wire/armor.ts'
import { aboveLimit, bad, notKnown } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import { Reader } from '../wire/reader.ts'
import { checkInput, encodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'

/** The hashes that a message may be signed by. */
export type MessageHash = 'sha256' | 'sha512'

/** What an SSHSIG holds. */
export interface SshsigContent {
  /** The plain key that made it. */
  readonly publicKey: PublicKey
  /** The certificate that stands in place of the plain key, where one does. */
  readonly certificate?: Certificate | undefined
  /** What the signature is for, such as `file` or `git`; never empty. */
  readonly namespace: string
  readonly hash: MessageHash
  readonly signature: Signature
}

/** An SSHSIG. Its bytes are kept as they came. */
export interface Sshsig extends SshsigContent {
  /** The whole blob, from its preamble on. */
  readonly blob: Uint8Array
}

const PREAMBLE = /* @__PURE__ */ encodeText('SSHSIG')
const VERSION = 1
const LABEL = 'SSH SIGNATURE'
/** The lines around an SSHSIG in its armor. */
export const HEADER: string = `-----BEGIN ${LABEL}-----`
export const FOOTER: string = `-----END ${LABEL}-----`

/** The hash of that name. Throws `UnsupportedError` `unsupported-algorithm`. */
export function messageHash(name: string): typeof sha256 & { readonly name: string } {
  const hash = [sha256, sha512].find((h) => h.name === name)
  if (!hash) throw notKnown('unsupported-algorithm', 'SSHSIG hash', name)
  return hash
}

/** What is signed: the reserved field in it is empty, whatever the blob says (sshsig.c `sshsig_wrap_verify`). */
export function signedData(namespace: string, hash: MessageHash, digest: Uint8Array): Uint8Array {
  return new Writer().raw(PREAMBLE).string(namespace).string('').string(hash).string(digest).take()
}

/**
 * Reads the blob of an SSHSIG (PROTOCOL.sshsig section 2). Nothing is verified; the reserved field is ignored, as the
 * document says. Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, …), `LimitError` `limit`,
 * `UnsupportedError` (`unsupported-format` for another version, `unsupported-algorithm` for another hash,
 * `unsupported-type` for a certificate of a type outside `types`).
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { decodeSshsig, signMessage } from 'hawser/sshsig'
 * import { decodeArmor } from 'hawser/wire'
 *
 * const key = await generatePrivateKey(ed25519)
 * const armored = await signMessage(new TextEncoder().encode('hello'), key, { namespace: 'file' })
 * const { body } = decodeArmor(new TextEncoder().encode(armored))
 * console.log(decodeSshsig(body, { types: [ed25519] }).namespace) // file
 * ```
 */
export function decodeSshsig(blob: Uint8Array, options: KeyOptions): Sshsig {
  const limits = withLimits(options.limits)
  if (blob.length > limits.inputLength) throw aboveLimit('SSHSIG', `${limits.inputLength} octets`)
  const bytes = new Uint8Array(blob)
  if (!startsWithAt(bytes, 'SSHSIG')) throw bad('SSHSIG', 'its preamble')
  const reader = new Reader(bytes, limits.stringLength, PREAMBLE.length)
  const version = reader.u32('SSHSIG version')
  if (version !== VERSION) throw notKnown('unsupported-format', 'SSHSIG version', `${version}`)
  const key = reader.string('SSHSIG key')
  const certificate = isCertificateName(options.types, blobType(key)) ? decodeCertificate(key, options) : undefined
  const publicKey = certificate?.publicKey ?? decodePublicKey(key, options)
  const namespace = reader.text('namespace')
  if (namespace === '') throw bad('namespace', 'at least one character')
  reader.string('reserved')
  const hash = messageHash(reader.name('SSHSIG hash', limits.nameLength)).name as MessageHash
  const signature = decodeSignature(reader.string('signature'), limits)
  reader.end('SSHSIG')
  return { blob: bytes, publicKey, certificate, namespace, hash, signature }
}

/**
 * Writes the blob of an SSHSIG (PROTOCOL.sshsig section 2), of version 1; its certificate, where there is one, stands
 * in place of the key. Throws `FormatError` `bad-encoding` for a namespace that stands for no octets.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { encodeSshsig, formatSshsig, parseSshsig, signMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const armored = await signMessage(new TextEncoder().encode('hello'), key, { namespace: 'file' })
 * const { publicKey, namespace, hash, signature } = parseSshsig(armored, { types: [ed25519] })
 * const blob = encodeSshsig({ publicKey, namespace, hash, signature })
 * console.log(formatSshsig({ blob }) === armored) // true
 * ```
 */
export function encodeSshsig(content: SshsigContent): Uint8Array {
  const { publicKey, certificate, namespace, hash, signature } = content
  return new Writer()
    .raw(PREAMBLE)
    .u32(VERSION)
    .string((certificate ?? publicKey).blob)
    .string(namespace)
    .string('')
    .string(hash)
    .string(signature.blob)
    .take()
}

/**
 * Reads an SSHSIG in its armor, as text or the bytes of a file, which must begin with the header. Nothing is verified.
 * Throws `FormatError` `bad-armor`, `bad-base64`, and as {@link decodeSshsig}.
 *
 * @example
 * ```ts
 * import { allTypes, ed25519, generatePrivateKey } from 'hawser/keys'
 * import { parseSshsig, signMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const armored = await signMessage(new TextEncoder().encode('hello'), key, { namespace: 'file' })
 * console.log(parseSshsig(armored, { types: allTypes }).hash) // sha512
 * ```
 */
export function parseSshsig(input: string | Uint8Array, options: KeyOptions): Sshsig {
  checkInput(input, options.limits)
  const bytes = typeof input === 'string' ? encodeText(input) : input
  // Stricter than other armor: nothing in front, not even a blank, and both its lines start where a line starts.
  const footer = bytes.indexOf(45, HEADER.length)
  if (!/^\r?\n/.test(afterHeader(bytes)) || bytes[footer - 1] !== 10 || !startsWithAt(bytes, '-----END ', footer)) {
    throw new FormatError('bad-armor', `SSHSIG: "${HEADER}" at its start and its footer expected`)
  }
  return decodeSshsig(decodeArmor(bytes).body, options)
}

/** The two characters behind the header, or nothing where the bytes do not begin with it. */
function afterHeader(bytes: Uint8Array): string {
  return startsWithAt(bytes, HEADER) ? String.fromCharCode(...bytes.subarray(HEADER.length, HEADER.length + 2)) : ''
}

/**
 * Writes an SSHSIG in its armor (PROTOCOL.sshsig section 1), byte for byte as `ssh-keygen -Y sign` does.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { formatSshsig, parseSshsig, signMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const armored = await signMessage(new TextEncoder().encode('hello'), key, { namespace: 'file' })
 * const { blob } = parseSshsig(armored, { types: [ed25519] }) // to keep in a database, say
 * console.log(formatSshsig({ blob }) === armored) // true
 * ```
 */
export function formatSshsig(sshsig: { readonly blob: Uint8Array }): string {
  return encodeArmor(LABEL, sshsig.blob, 70)
}
