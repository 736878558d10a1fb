/**
 * The critical options and extensions that OpenSSH knows (draft-miller-ssh-cert sections 3.1 and 3.2; auth-options.c
 * `cert_option_list`), read and written.
 */

import { FormatError, VerificationError } from '../errors.ts'
import type { Certificate, CertificateOption } from '../keys/certificate.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
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

const flagExtensions: readonly string[] = [...Object.keys(defaultUserExtensions), 'no-touch-required']

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

/** Byte order of the names, as the specification asks for. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Options as the list that stands in a certificate, sorted. Throws `TypeError` for a name that is none. */
export function encodeOptions(options: Readonly<Record<string, OptionValue>>): Uint8Array {
  const writer = new Writer()
  for (const name of Object.keys(options).sort(compareNames)) {
    if (!/^[!-~]{1,64}$/.test(name)) throw new TypeError(`"${escapeText(name, 64)}" is no name of an option`)
    const value = options[name]!
    if (name === 'source-address') checkSourceAddress(value)
    writer.string(name).string(value === true ? '' : new Writer().string(value).take())
  }
  return writer.take()
}

function checkSourceAddress(value: OptionValue): void {
  if (typeof value === 'string' && parseAddressList(value)) return
  throw new TypeError('source-address: a list of addresses and networks with host bits zero, such as "10.0.0.0/8,::1"')
}

/** The nested string of an option's value. Throws `FormatError` where it is not one string and nothing behind it. */
export function optionText(option: CertificateOption): string {
  const reader = new Reader(option.data)
  const text = reader.text(option.name)
  reader.end(option.name)
  return text
}

function refuse(message: string): VerificationError {
  return new VerificationError('critical-option', message)
}

function flag(option: CertificateOption): true {
  if (option.data.length) throw refuse(`option ${option.name}: a flag with a value`)
  return true
}

function value(option: CertificateOption): string {
  try {
    return optionText(option)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new VerificationError('critical-option', `option ${option.name}: its value is not one string`, { cause })
  }
}

/**
 * What the options of a certificate decide. An unknown critical option, a repeated one, a malformed known one, and any
 * critical option of a host certificate are refused; unknown extensions pass.
 * Throws `VerificationError` `critical-option`.
 */
export function readOptionFacts(certificate: Certificate): OptionFacts {
  const critical = new Map<string, CertificateOption>()
  for (const option of certificate.criticalOptions) {
    if (critical.has(option.name)) throw refuse(`critical option ${escapeText(option.name, 64)} is repeated`)
    if (!['force-command', 'source-address', 'verify-required'].includes(option.name)) {
      throw refuse(`critical option "${escapeText(option.name, 64)}" is not known`)
    }
    // sshkey.c sshkey_cert_check_host
    if (certificate.kind === 'host') throw refuse('a host certificate may have no critical option')
    critical.set(option.name, option)
  }
  const permissions = new Set<string>()
  for (const option of certificate.extensions) {
    if (flagExtensions.includes(option.name) && flag(option)) permissions.add(option.name)
  }
  const forceCommand = critical.get('force-command')
  const sourceAddress = critical.get('source-address')
  const verifyRequired = critical.get('verify-required')
  return {
    forceCommand: forceCommand ? value(forceCommand) : null,
    sourceAddresses: sourceAddress ? readSources(sourceAddress) : null,
    verifyRequired: verifyRequired ? flag(verifyRequired) : false,
    permissions: [...permissions].sort(compareNames),
  }
}

function readSources(option: CertificateOption): readonly string[] {
  const text = value(option)
  if (!parseAddressList(text)) throw refuse('option source-address: not a list of addresses and networks')
  return text.split(',')
}
