/**
 * Distinguished names as text: RFC 4514 sections 2 and 3, in the manner of `openssl x509 -nameopt RFC2253,-esc_msb`:
 * the last attribute first, short names, non-ASCII characters as they are. Attribute types of RFC 4519, RFC 5280
 * appendix A and PKCS#9.
 */

import { FormatError } from '../errors.ts'
import { decodeHex, encodeHex } from '../wire/hex.ts'
import { decodeText, decodeUtf8, encodeText, escapeText, isText, latin1 } from '../wire/text.ts'

/** One attribute of a name as it was read. */
export interface NameAttribute {
  /** Attribute type, dotted. */
  readonly oid: string
  /** Universal tag number of the value. */
  readonly tag: number
  /** Octets of the value, without tag and length. */
  readonly value: Uint8Array
  /** The whole value, tag and length included. */
  readonly der: Uint8Array
}

/** Attribute types by OpenSSL's short names. */
export const attributeTypes: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  description: '2.5.4.13',
  businessCategory: '2.5.4.15',
  postalCode: '2.5.4.17',
  name: '2.5.4.41',
  GN: '2.5.4.42',
  initials: '2.5.4.43',
  generationQualifier: '2.5.4.44',
  dnQualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  organizationIdentifier: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
  unstructuredName: '1.2.840.113549.1.9.2',
}

/** UTF-16 or UTF-32, big-endian, to text. Throws `FormatError` `bad-encoding`. */
function decodeWide(bytes: Uint8Array, size: 2 | 4): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += size) {
    let code = 0
    for (let j = 0; j < size; j++) code = code * 256 + (bytes[i + j] ?? 0)
    // BMPString has no surrogate pairs (X.690 8.23.8), UniversalString nothing beyond Unicode.
    if (bytes.length % size !== 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw new FormatError('bad-encoding', 'name: not Unicode')
    }
    out += String.fromCodePoint(code)
  }
  return out
}

/** The text of a value, or `undefined` for a type that is no text. */
function valueText({ tag, value }: NameAttribute): string | undefined {
  switch (tag) {
    case 12: // UTF8String
      return decodeUtf8(value, 'name')
    case 20: // TeletexString: what it means depends on the reader; OpenSSL takes it as Latin-1
      return latin1(value)
    case 28: // UniversalString
      return decodeWide(value, 4)
    case 30: // BMPString
      return decodeWide(value, 2)
    case 18: // NumericString
    case 19: // PrintableString
    case 22: // IA5String
    case 26: // VisibleString
      // Octets above 0x7f are wrong in each of them, and are in real certificates.
      return isText(value, 0, 0x7f) ? latin1(value) : decodeText(value)
    default:
      return undefined
  }
}

/** RFC 4514 section 2.4: what would end the value or be lost is escaped, control characters as `\XX`. */
function escapeValue(text: string): string {
  return text
    .replace(/["+,;<>\\]|^[ #]|(?!^) $/g, '\\$&')
    .replace(/\p{Cc}/gu, (c) => hexadecimal(encodeText(c)).replace(/../g, '\\$&'))
}

/** Octets in capital hexadecimal. */
export function hexadecimal(bytes: Uint8Array): string {
  return encodeHex(bytes).toUpperCase()
}

/** A name, the attributes of each of its sets in order, as text: `CN=vm1,O=Example`. Throws `FormatError` `bad-encoding`. */
export function formatName(sets: readonly (readonly NameAttribute[])[]): string {
  const shown = (attribute: NameAttribute): string => {
    const known = Object.entries(attributeTypes).find(([, oid]) => oid === attribute.oid)?.[0]
    const text = known === undefined ? undefined : valueText(attribute)
    // RFC 4514 section 2.4: an attribute without a short name shows its whole encoding.
    return `${known ?? attribute.oid}=${text === undefined ? `#${hexadecimal(attribute.der)}` : escapeValue(text)}`
  }
  return [...sets]
    .reverse()
    .map((set) => [...set].reverse().map(shown).join('+'))
    .join(',')
}

/** What an attribute to write is: its short name (or type, dotted) and its text. */
export type NameEntry = readonly [attribute: string, value: string]

/**
 * A name as text in RFC 4514's manner, taken apart: `CN=vm1,O=Example` gives O first, as it stands in the name.
 * Throws `TypeError` for text that is no such name, several attributes in one set, or `#` values.
 */
export function splitName(text: string): NameEntry[] {
  const entries: NameEntry[] = []
  let rest = text
  while (rest !== '') {
    const found = /^ *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *= *((?:[^"+,;<>\\]|\\.)*?) *(?:,(?=.)|$)/su.exec(rest)
    if (!found || found[2]!.startsWith('#')) {
      throw new TypeError(`a name like "CN=vm1,O=Example" expected, not "${escapeText(text, 80)}"`)
    }
    entries.unshift([found[1]!, unescapeValue(found[2]!)])
    rest = rest.slice(found[0].length)
  }
  return entries
}

function unescapeValue(text: string): string {
  return text.replace(/(?:\\[0-9A-Fa-f]{2})+|\\(.)/gsu, (found, character?: string) =>
    character === undefined ? decodeUtf8(decodeHex(found.replaceAll('\\', ''))!, 'name') : character,
  )
}
