/**
 * Which form a displayed fingerprint has: OpenSSH's own, and those of clouds and of X.509, which hash other things.
 *
 * - OpenSSH: the key's blob (ssh-keygen(1), `-l` and `-E`).
 * - AWS, "Verify the fingerprints of your Amazon EC2 key pairs": of an RSA key that EC2 made, SHA-1 of the PKCS#8 DER of
 *   the private key; of an imported one, MD5 of the SPKI DER; of an Ed25519 key, OpenSSH's SHA-256 in padded base64.
 * - Alibaba ECS, CreateKeyPair (`KeyPairFingerPrint`): OpenSSH's MD5 without colons.
 * - Azure and every certificate viewer: SHA-1 of the X.509 certificate's DER, the thumbprint.
 * - Pins (RFC 7469, curl's `--pinnedpubkey`): SHA-256 of the SPKI DER in base64.
 *
 * Everything compared here is public, so the time of a comparison tells nobody anything.
 */

import { type Hash, md5, sha1, sha256, sha384, sha512 } from '../crypto/hash.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { encodeHex } from '../wire/hex.ts'
import { encodeBubblebabble } from './bubblebabble.ts'
import { type Fingerprintable, fingerprintBytes } from './fingerprint.ts'

/** The forms that are told apart. */
export type FingerprintForm =
  | 'openssh-sha256'
  | 'openssh-md5'
  | 'openssh-sha1'
  | 'openssh-sha384'
  | 'openssh-sha512'
  | 'bubblebabble'
  | 'aws-created'
  | 'aws-imported'
  | 'aws-ed25519'
  | 'alibaba'
  | 'x509-thumbprint'
  | 'spki-sha256'

/** What a fingerprint was found to be. */
export interface FingerprintMatch {
  readonly form: FingerprintForm
  /** Name of the hash, such as `sha256`. */
  readonly hash: string
}

/** Octets, or a function that makes them when they are needed. */
export type Lazy = Uint8Array | (() => Uint8Array)

/** What some forms hash in place of the key's blob; a form whose octets are not given cannot match. */
export interface FingerprintMaterial {
  /** SubjectPublicKeyInfo of the key, DER. */
  readonly spki?: Lazy | undefined
  /** PrivateKeyInfo of the key, DER, plain. */
  readonly pkcs8?: Lazy | undefined
  /** The X.509 certificate that the key came in, DER. */
  readonly certificate?: Lazy | undefined
}

/** A text in the spelling in which it is compared. */
interface Shown {
  /** `sha256:`, `md5:` … in front of it, without the colon. */
  readonly prefix: string | undefined
  readonly pin: boolean
  /** As it stands. */
  readonly text: string
  /** Hexadecimal digits alone, in lower case; `undefined` where it is something else. */
  readonly hex: string | undefined
  /** Colons between the octets. */
  readonly colons: boolean
}

/** Takes the fingerprint out of what people paste with it: a line of `ssh-keygen -l`, ssh's question, a PuTTY window. */
function pick(text: string): string {
  const trimmed = text.trim()
  const words = trimmed.split(/\s+/)
  // Windows shows thumbprints as pairs with spaces between them.
  if (words.length > 1 && words.every((word) => /^[\da-f]{2}$/i.test(word))) return words.join('')
  const word = words.find((w) => /^(SHA\d+|MD5):./i.test(w) || /^[\da-f]{2}(:[\da-f]{2}){15}/i.test(w))
  return words.length > 1 && word ? word.replace(/\.$/, '') : trimmed
}

function read(input: string): Shown {
  const picked = pick(input)
  const pinned = /^(?:pin-sha256\s*[=:]\s*|sha256\/{1,2})"?([\w+/=-]+?)"?;?$/i.exec(picked)?.[1]
  const [, prefix, rest] = /^(sha\d+|md5):(.*)$/i.exec(picked) ?? []
  const text = pinned ?? rest ?? picked
  const colons = text.includes(':')
  const isHex = colons ? /^[\da-f]{2}(:[\da-f]{2})+$/i.test(text) : /^([\da-f]{2})+$/i.test(text)
  const hex = isHex && !pinned ? text.replaceAll(':', '').toLowerCase() : undefined
  return { prefix: prefix?.toLowerCase(), pin: pinned !== undefined, text, hex, colons }
}

/** Whether the text shows these octets, in hexadecimal or base64; base64 with padding or without. */
function shows(shown: Shown, digest: Uint8Array): 'hex' | 'base64' | 'padded' | undefined {
  if (shown.hex === encodeHex(digest)) return 'hex'
  const base64 = encodeBase64(digest)
  if (shown.text === base64.replace(/=+$/, '')) return 'base64'
  return shown.text === base64 ? 'padded' : undefined
}

/** The forms whose hash is over the key's blob. */
function matchBlob(shown: Shown, key: Fingerprintable): FingerprintMatch | undefined {
  for (const hash of [sha256, md5, sha1, sha384, sha512]) {
    if (shown.prefix !== undefined && shown.prefix !== hash.name) continue
    const digest = fingerprintBytes(key, hash)
    if (shown.text === encodeBubblebabble(digest)) return { form: 'bubblebabble', hash: hash.name }
    const as = shows(shown, digest)
    if (as) return { form: blobForm(shown, key, hash, as), hash: hash.name }
  }
  return undefined
}

function blobForm(shown: Shown, key: Fingerprintable, hash: Hash, as: string): FingerprintForm {
  const bare = shown.prefix === undefined
  if (bare && hash === md5 && as === 'hex' && !shown.colons) return 'alibaba'
  const { type } = 'publicKey' in key ? key.publicKey : key
  // EC2 shows no other type in base64; of those, a padded hash is somebody's openssl.
  if (bare && hash === sha256 && as === 'padded' && type.endsWith('ed25519')) return 'aws-ed25519'
  return `openssh-${hash.name}` as FingerprintForm
}

/**
 * Which form of a fingerprint of `key` the text is, or `undefined` where it is none of them. The forms that do not hash
 * the key's blob are looked for where `material` has what they hash.
 * Throws `FormatError` `is-certificate`, and what a function in `material` throws.
 *
 * @example
 * ```ts
 * import { matchFingerprint } from 'hawser/fingerprint'
 * import { parsePublicLine } from 'hawser/keys'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(matchFingerprint(key, '2cb7cfb67521e85abfdc5741000f2b2a')?.form) // alibaba
 * ```
 */
export function matchFingerprint(
  key: Fingerprintable,
  text: string,
  material: FingerprintMaterial = {},
): FingerprintMatch | undefined {
  const shown = read(text)
  const found = shown.pin ? undefined : matchBlob(shown, key)
  if (found) return found
  const others: readonly (readonly [FingerprintForm, Hash, Lazy | undefined])[] = [
    ['spki-sha256', sha256, material.spki],
    ['aws-imported', md5, material.spki],
    ['aws-created', sha1, material.pkcs8],
    ['x509-thumbprint', sha1, material.certificate],
    ['x509-thumbprint', sha256, material.certificate],
  ]
  for (const [form, hash, lazy] of others) {
    const length = shown.hex?.length
    // Without the hash: the octets may be dear to make.
    const fits =
      form === 'spki-sha256' ? length === 64 || shown.text.length >= 43 : length === 2 * hash.length && !shown.pin
    if (lazy === undefined || !fits || (shown.prefix !== undefined && shown.prefix !== hash.name)) continue
    if (shows(shown, hash.digest(typeof lazy === 'function' ? lazy() : lazy))) return { form, hash: hash.name }
  }
  return undefined
}
