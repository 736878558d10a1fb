/**
 * The critical options and extensions that OpenSSH knows (draft-miller-ssh-cert sections 3.1 and 3.2; auth-options.c
 * `cert_option_list`), read and written.
 */

import { FormatError, VerificationError } from '../errors.ts'
import type { Certificate, CertificateOption } from '../keys/certificate.ts'
import { defaultLimits } from '../limits.ts'
import { Reader } from '../wire/reader.ts'
import { encodeText, escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { parseAddressList } from './source-address.ts'

/** What an option is to hold: `true` for a flag, text or bytes for a value, which is nested in a string once. */
export type OptionValue = true | string | Uint8Array

/** Extensions that `ssh-keygen -s` puts into a user certificate where nothing else is said. */
export const defaultUserExtensions: Readonly<Record<string, true>> = {
  'permit-X11-forwarding': true,
  'permit-agent-forwarding': true,
  'permit-port-forwarding': true,
  'permit-pty': true,
  'permit-user-rc': true,
}

const flagExtensions: readonly string[] = /* @__PURE__ */ Object.keys(defaultUserExtensions).concat('no-touch-required')

/** Why critical options of hosts are refused (sshkey.c `sshkey_cert_check_host`). */
export const HOST_OPTIONS = 'host certificate: no critical options expected'

const ADDRESSES = 'a list of addresses and networks like "10.0.0.0/8,::1"'

/** What the options of a certificate decide. */
export interface OptionFacts {
  /** The one command that may run, or `null`. */
  readonly forceCommand: string | null
  /** Addresses and networks it may be used from, or `null` for anywhere. */
  readonly sourceAddresses: readonly string[] | null
  /** A security key must have verified its user. */
  readonly verifyRequired: boolean
  /** Names of the extensions known, sorted: `permit-…`, `no-touch-required`. */
  readonly permissions: readonly string[]
}

/** Options as the list that stands in a certificate, sorted. Throws `TypeError` for a name that is none. */
export function encodeOptions(options: Readonly<Record<string, OptionValue>>): Uint8Array {
  const writer = new Writer()
  // Names are ASCII (see below), so that this is the order of their octets, which the specification asks for.
  const names = Object.keys(options).sort()
  if (names.length > defaultLimits.certificateOptions) {
    throw new TypeError(`at most ${defaultLimits.certificateOptions} options of a kind`)
  }
  for (const name of names) {
    if (!/^[!-~]{1,64}$/.test(name))
      throw new TypeError(`option "${escapeText(name, 64)}": a name of 1 to 64 ASCII characters expected`)
    const value = options[name]!
    checkValue(name, value)
    writer.string(name).string(value === true ? '' : new Writer().string(value).take())
  }
  return writer.take()
}

function optionBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? encodeText(value) : value
}

/** What OpenSSH would refuse to read is not written: flags with a value, and values that are none. */
function checkValue(name: string, value: OptionValue): void {
  if (name === 'source-address' && !(typeof value === 'string' && parseAddressList(value))) {
    throw new TypeError(`source-address: ${ADDRESSES} expected`)
  }
  if (name === 'force-command' && (value === true || optionBytes(value).includes(0)))
    throw new TypeError('force-command: text without NUL expected')
  if ((name === 'verify-required' || flagExtensions.includes(name)) && value !== true) {
    throw new TypeError(`${name}: no value expected`)
  }
}

/**
 * The nested string of an option's value (draft-miller-ssh-cert section 3), lossless text. Throws `FormatError`
 * (`truncated`, `trailing-bytes`, `bad-value`) where it is not one string and nothing behind it.
 *
 * @example
 * ```ts
 * import { optionText } from 'hawser/cert'
 * import { Writer } from 'hawser/wire'
 *
 * const option = { name: 'force-command', data: new Writer().string('uptime').take() }
 * console.log(optionText(option)) // uptime
 * ```
 */
export function optionText(option: CertificateOption): string {
  const reader = new Reader(option.data)
  const what = escapeText(option.name, 64)
  const text = reader.text(what)
  reader.end(what)
  return text
}

function refuse(message: string): VerificationError {
  return new VerificationError('critical-option', message)
}

function flag(option: CertificateOption): true {
  if (option.data.length) throw refuse(`${option.name}: no value expected`)
  return true
}

function value(option: CertificateOption): string {
  try {
    return optionText(option)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new VerificationError('critical-option', `${option.name}: one string expected`, { cause })
  }
}

/**
 * What the options of a certificate decide. An unknown critical option, a repeated one, a malformed known one, and any
 * critical option of a host certificate are refused; unknown extensions pass, known ones that are malformed (a flag
 * with a value) are refused under the same code, as OpenSSH refuses the whole certificate for either.
 * Throws `VerificationError` `critical-option`.
 *
 * @example
 * ```ts
 * import { issueCertificate, readOptionFacts } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const facts = { kind: 'user', keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const criticalOptions = { 'source-address': '10.0.0.0/8', 'force-command': 'backup' }
 * const request = { ...facts, publicKey, criticalOptions }
 * const certificate = await issueCertificate(request, await generatePrivateKey(ed25519), { types: [ed25519] })
 * const { forceCommand, sourceAddresses, permissions } = readOptionFacts(certificate)
 * console.log(forceCommand, sourceAddresses, permissions) // backup [ '10.0.0.0/8' ] []
 * ```
 */
export function readOptionFacts(certificate: Certificate): OptionFacts {
  const { kind, criticalOptions, extensions } = certificate
  if (kind === 'host' && criticalOptions.length > 0) throw refuse(HOST_OPTIONS)
  let forceCommand: string | null = null
  let sourceAddresses: readonly string[] | null = null
  let verifyRequired = false
  const seen = new Set<string>()
  for (const option of criticalOptions) {
    const { name } = option
    if (seen.has(name)) throw refuse(`"${escapeText(name, 64)}" is repeated`)
    seen.add(name)
    if (name === 'force-command') forceCommand = value(option)
    else if (name === 'source-address') sourceAddresses = readSources(option)
    else if (name === 'verify-required') verifyRequired = flag(option)
    else throw refuse(`"${escapeText(name, 64)}" is not known`)
  }
  const permissions = new Set<string>()
  for (const option of extensions) {
    if (flagExtensions.includes(option.name) && flag(option)) permissions.add(option.name)
  }
  return { forceCommand, sourceAddresses, verifyRequired, permissions: [...permissions].sort() }
}

function readSources(option: CertificateOption): readonly string[] {
  const text = value(option)
  if (!parseAddressList(text)) throw refuse(`source-address: ${ADDRESSES} expected`)
  return text.split(',')
}
