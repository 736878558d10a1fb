/** Reading and writing keys in whatever container, by the descriptors that the caller hands in. */

import { throwIfAborted } from '../crypto/progress.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { mismatch, notKnown, otherHalf } from '../wire/expect.ts'
import { escapeText } from '../wire/text.ts'
import type {
  PrivateFileFacts,
  PrivateFormat,
  PublicFormat,
  ReadPrivateOptions,
  WritePrivateOptions,
  WritePublicOptions,
} from './format.ts'
import { type Input, Source } from './source.ts'

/** Says what the input is instead of what was expected. */
function unknown(source: Source, expected: 'public' | 'private'): FormatError {
  const { label } = source
  const seen = label === undefined ? lookOf(source) : `a block "${escapeText(label, 80)}"`
  if (expected === 'public' && label?.endsWith('PRIVATE KEY')) return otherHalf('public', seen)
  return new FormatError('unknown-format', `no ${expected} key found, but ${seen}`)
}

/** What an input looks like that no format knows: its kind alone, since it may be a secret. */
function lookOf({ bytes }: Source): string {
  const first = bytes.find((octet) => octet !== 32 && (octet < 9 || octet > 13))
  if (first === undefined) return 'nothing'
  if (!bytes.subarray(0, 256).every((octet) => octet > 31 || (octet > 8 && octet < 14))) return 'binary data'
  return first === 0x7b ? 'JSON without one' : first === 0x3c ? 'markup such as a web page' : 'other text'
}

function byName<F extends { readonly name: string; readonly alias?: string }>(
  formats: readonly F[],
  name: string | undefined,
): F {
  const format = name === undefined ? formats[0] : formats.find((f) => f.name === name || f.alias === name)
  if (!format) throw notKnown('unsupported-format', 'format', name ?? '')
  return format
}

/**
 * Reads a public key; the format is recognised among `formats`. A type among `types` is decoded and judged, any other
 * carried opaque. Throws `FormatError` (`unknown-format`, `is-private-key`, `is-certificate`, …), `LimitError`.
 *
 * @example
 * ```ts
 * import { opensshPublic, parsePublicKey } from 'hawser/formats'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I me@home'
 * console.log(parsePublicKey(line, { types: [], formats: [opensshPublic] }).comment) // me@home
 * ```
 */
export function parsePublicKey(
  input: Input,
  options: KeyOptions & { readonly formats: readonly PublicFormat[] },
): PublicKey {
  const source = new Source(input, options.limits)
  // Before any format looks at the text: private material does not become a string.
  if (typeof input !== 'string' && source.label?.endsWith('PRIVATE KEY')) throw unknown(source, 'public')
  const format = options.formats.find((f) => f.recognise(source))
  if (!format) throw unknown(source, 'public')
  return format.parse(source, options)
}

/**
 * Writes a public key in one of `formats`, the first where `format` is not given.
 * Throws `UnsupportedError` `unsupported-format`, `TypeError` for a comment that the format cannot hold.
 *
 * @example
 * ```ts
 * import { formatPublicKey, opensshPublic } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * console.log(formatPublicKey(publicKey, { formats: [opensshPublic], types: [ed25519], comment: 'me@home' }))
 * ```
 */
export function formatPublicKey(
  key: PublicKey,
  options: WritePublicOptions & { readonly formats: readonly PublicFormat[]; readonly format?: string | undefined },
): string {
  return byName(options.formats, options.format).format(key, options)
}

function privateFormat(source: Source, formats: readonly PrivateFormat[]): PrivateFormat {
  const format = formats.find((f) => f.recognise(source))
  if (format) return format
  // Public material is recognised by its look only here, for the message.
  if (source.label === undefined && /^[ \t]*[a-z][!-~]+[ \t]+AAAA/m.test(source.text)) {
    throw otherHalf('private', 'a line with a public key or a certificate')
  }
  throw unknown(source, 'private')
}

/**
 * Reads a private key, runs its KDF and proves that the private half gives the public half.
 * Throws `PassphraseError` (`passphrase-required`, which carries the public key where the file tells it,
 * `passphrase-wrong`), `FormatError` (`key-mismatch`, `is-public-key`, …), `LimitError`, `UnsupportedError`
 * (`unsupported-type`, `unsupported-cipher`, `unsupported-kdf`, …).
 *
 * @example
 * ```ts
 * import { formatPlainOpenssh, opensshPrivate, parsePrivateKey } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const file = formatPlainOpenssh(await generatePrivateKey(ed25519))
 * const key = await parsePrivateKey(file, { types: [ed25519], formats: [opensshPrivate] })
 * console.log(key.type) // ssh-ed25519
 * ```
 */
export async function parsePrivateKey(
  input: Input,
  options: ReadPrivateOptions & { readonly formats: readonly PrivateFormat[] },
): Promise<PrivateKey> {
  throwIfAborted(options.signal)
  const source = new Source(input, options.limits)
  let key: PrivateKey | undefined
  try {
    key = await privateFormat(source, options.formats).parse(source, options)
    await provePrivateKey(key)
    return key
  } catch (error) {
    key?.wipe()
    throw error
  } finally {
    source.wipe()
  }
}

/** The arithmetic behind every private key that is read. Throws `FormatError` `key-mismatch`. */
export async function provePrivateKey(key: PrivateKey): Promise<void> {
  if (await key.keyType.checkPrivate(key.exposeComponents())) return
  throw mismatch(`${key.type}: the public half`)
}

/**
 * What a private key's file tells without its passphrase, and the name of its format.
 * Throws `FormatError` (`unknown-format`, `is-public-key`, and what its container refuses: `bad-armor`, `bad-base64`,
 * `truncated`, …), `LimitError` `limit`, `UnsupportedError` (`unsupported-type`, `unsupported-cipher`, …).
 *
 * @example
 * ```ts
 * import { formatPrivateKey, inspectPrivateKey, opensshPrivate } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const formats = [opensshPrivate]
 * const key = await generatePrivateKey(ed25519)
 * const file = await formatPrivateKey(key, { formats, passphrase: 'correct horse', rounds: 1 })
 * const { format, encrypted, publicKey } = inspectPrivateKey(file, { types: [ed25519], formats })
 * console.log(format, encrypted?.cipher, publicKey?.type) // openssh aes256-ctr ssh-ed25519
 * ```
 */
export function inspectPrivateKey(
  input: Input,
  options: KeyOptions & { readonly formats: readonly PrivateFormat[] },
): PrivateFileFacts & { readonly format: string } {
  const source = new Source(input, options.limits)
  try {
    const format = privateFormat(source, options.formats)
    return { format: format.name, ...format.facts(source, options) }
  } finally {
    source.wipe()
  }
}

/**
 * Writes a private key in one of `formats`, the first where `format` is not given; encrypted where there is a
 * passphrase. Throws `UnsupportedError` (`unsupported-format`, `unsupported-type`, `unsupported-cipher`,
 * `unsupported-kdf`), `SignerError` `wiped`, the signal's reason.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, opensshPrivate } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519)
 * console.log(await formatPrivateKey(key, { formats: [opensshPrivate], passphrase: 'correct horse', rounds: 1 }))
 * ```
 */
export async function formatPrivateKey(
  key: PrivateKey,
  options: WritePrivateOptions & { readonly formats: readonly PrivateFormat[]; readonly format?: string | undefined },
): Promise<string> {
  throwIfAborted(options.signal)
  return byName(options.formats, options.format).format(key, options)
}

/**
 * The bytes of a public key in one of `formats`: DER, or the bare blob (`raw`).
 * Throws `UnsupportedError` `unsupported-format` also where a container is nothing but text.
 *
 * @example
 * ```ts
 * import { encodePublicKey, spki } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * console.log(encodePublicKey(publicKey, { formats: [spki], types: [ed25519] }).length) // 44
 * ```
 */
export function encodePublicKey(
  key: PublicKey,
  options: WritePublicOptions & { readonly formats: readonly PublicFormat[]; readonly format?: string | undefined },
): Uint8Array {
  const format = byName(options.formats, options.format)
  if (!format.encode) throw textOnly(format.name)
  return format.encode(key, options)
}

/**
 * The bytes of a private key in one of `formats`: DER; encrypted where there is a passphrase. Its user wipes them.
 * Throws `UnsupportedError` `unsupported-format` also where a container is nothing but text.
 *
 * @example
 * ```ts
 * import { encodePrivateKey, pkcs8 } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const der = await encodePrivateKey(await generatePrivateKey(ed25519), { formats: [pkcs8] })
 * console.log(der.length) // 48
 * der.fill(0)
 * ```
 */
export async function encodePrivateKey(
  key: PrivateKey,
  options: WritePrivateOptions & { readonly formats: readonly PrivateFormat[]; readonly format?: string | undefined },
): Promise<Uint8Array> {
  const format = byName(options.formats, options.format)
  if (!format.encode) throw textOnly(format.name)
  return format.encode(key, options)
}

function textOnly(name: string): UnsupportedError {
  return new UnsupportedError('unsupported-format', `${name}: text, no bytes`)
}
