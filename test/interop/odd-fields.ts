/** Odd fields: each is signed as it stands, so that its signature holds. */

import { encodeText } from '../../src/wire/index.ts'
import {
  type Bytes,
  byLabel,
  bytes,
  type Case,
  ecdsa,
  ed,
  flip,
  integer,
  join,
  p256Fields,
  rsa,
  rsaFields,
  strings,
  subjects,
  value,
} from './odd-certificate.ts'

const rsaSubject = byLabel(subjects, 'rsa')
const p256Subject = byLabel(subjects, 'ecdsa-p256')
const { e, n } = rsaFields()
const many = (count: number): Bytes => strings(...Array.from({ length: count }, (_, i) => `p${i}`))

const strictIntegers = 'integers have one encoding (RFC 4251 section 5); OpenSSH strips leading zeros'
const oneNul = 'OpenSSH drops one NUL at the end of a string'

/** Cases of fields, of the authority, of the key and of names. */
export const fieldCases: readonly Case[] = [
  { name: 'untouched, by Ed25519' },
  { name: 'untouched, by ECDSA', by: ecdsa },
  { name: 'untouched, by RSA', by: rsa },
  { name: 'RSA with SHA-256', by: rsa, algorithm: 'rsa-sha2-256' },
  { name: 'RSA with SHA-1', by: rsa, algorithm: 'ssh-rsa' },
  // Fields, signed as they are.
  { name: 'no nonce', fields: { nonce: bytes() } },
  { name: 'nonce of one octet', fields: { nonce: bytes(1) } },
  { name: 'nonce of 4096 octets', fields: { nonce: new Uint8Array(4096) } },
  { name: 'greatest serial', fields: { serial: 0xffffffffffffffffn } },
  { name: 'kind 0', fields: { kind: 0 } },
  { name: 'kind 2', fields: { kind: 2 } },
  { name: 'kind 3', fields: { kind: 3 } },
  { name: 'kind 2^32 - 1', fields: { kind: 0xffffffff } },
  { name: 'no key id', fields: { keyId: bytes() } },
  { name: 'key id with NUL', fields: { keyId: encodeText('a\0b') } },
  { name: 'key id with NUL at its end', fields: { keyId: encodeText('id\0') }, stricter: oneNul },
  { name: 'principal with NUL at its end', fields: { principals: strings('root\0') }, stricter: oneNul },
  { name: 'key id that is not UTF-8', fields: { keyId: bytes(0xe9, 0xff) } },
  { name: 'key id with control characters', fields: { keyId: encodeText('a\nb\x1b[1m') } },
  { name: 'no principals', fields: { principals: bytes() } },
  { name: 'empty principal', fields: { principals: strings('') } },
  { name: 'principal with NUL', fields: { principals: strings('root\0x') } },
  { name: 'principal with comma', fields: { principals: strings('a,root') } },
  { name: 'principal twice', fields: { principals: strings('root', 'root') } },
  { name: '256 principals', fields: { principals: many(256) } },
  { name: '257 principals', fields: { principals: many(257) } },
  { name: 'principals cut short', fields: { principals: strings('root').slice(0, -1) } },
  { name: 'three octets behind the principals', fields: { principals: join(strings('root'), bytes(0, 0, 0)) } },
  { name: 'principal of 2^32 - 1 octets', fields: { principals: bytes(255, 255, 255, 255) } },
  { name: 'valid never', fields: { after: 10n, before: 5n } },
  { name: 'valid for no second', fields: { after: 10n, before: 10n } },
  { name: 'valid from the end of time', fields: { after: (1n << 64n) - 1n, before: (1n << 64n) - 1n } },
  { name: 'unknown critical option', fields: { critical: strings('x@example.com', strings('y')) } },
  { name: 'critical option without value', fields: { critical: strings('force-command') } },
  { name: 'critical option cut short', fields: { critical: strings('force-command', strings('x')).slice(0, -1) } },
  {
    name: 'critical option with a value that is no string',
    options: true,
    fields: { critical: strings('force-command', 'xy') },
  },
  {
    name: 'critical option with octets behind its value',
    options: true,
    fields: { critical: strings('force-command', join(strings('a'), bytes(1))) },
  },
  { name: 'critical option twice', fields: { critical: strings('verify-required', '', 'verify-required', '') } },
  { name: 'options in no order', fields: { extensions: strings('permit-pty', '', 'permit-X11-forwarding', '') } },
  { name: 'extension twice', fields: { extensions: strings('permit-pty', '', 'permit-pty', '') } },
  { name: 'flag with a value', options: true, fields: { extensions: strings('permit-pty', strings('x')) } },
  { name: 'extension without a name', fields: { extensions: strings('', '') } },
  { name: 'extension with NUL in its name', fields: { extensions: strings('a\0b', '') } },
  { name: 'extension of 100 characters', fields: { extensions: strings('x'.repeat(100), '') } },
  {
    name: '300 extensions',
    fields: { extensions: strings(...Array.from({ length: 600 }, (_, i) => (i % 2 ? '' : `x${i}`))) },
    stricter: 'at most 256 options are read',
  },
  { name: 'one octet of extensions', fields: { extensions: bytes(0) } },
  { name: 'something reserved', fields: { reserved: encodeText('later') } },
  // The authority.
  { name: 'authority of an unknown type', fields: { authority: strings('ssh-foo', 'x') } },
  { name: 'authority cut short', fields: { authority: ed.key.publicKey.blob.slice(0, -1) } },
  { name: 'octet behind the authority', fields: { authority: join(ed.key.publicKey.blob, bytes(0)) } },
  { name: 'no authority', fields: { authority: bytes() } },
  { name: 'another authority of the same type', fields: { authority: subjects[0]!.key.publicKey.blob } },
  { name: 'an authority of another type', fields: { authority: ecdsa.key.publicKey.blob } },
  {
    name: 'RSA signature name as the type of the authority',
    by: rsa,
    fields: { authority: strings('rsa-sha2-512', e, n) },
  },
  { name: 'authority that is no point', fields: { authority: strings('ssh-ed25519', new Uint8Array(32).fill(2)) } },
  {
    name: 'authority of small order',
    fields: { authority: strings('ssh-ed25519', join(bytes(1), new Uint8Array(31))) },
  },
  {
    name: 'authority of small order that signs everything',
    fields: { authority: strings('ssh-ed25519', join(bytes(1), new Uint8Array(31))) },
    // A neutral element as key: S = 0 and R neutral satisfy the equation for every message.
    signature: value(() => join(bytes(1), new Uint8Array(63))),
    stricter: 'Ed25519 keys of small order are refused: they verify what nobody signed',
  },
  // The key.
  { name: 'Ed25519 key of 31 octets', fields: { key: strings(new Uint8Array(31)) } },
  { name: 'Ed25519 key of 33 octets', fields: { key: strings(new Uint8Array(33)) } },
  { name: 'ECDSA', subject: p256Subject },
  { name: 'ECDSA point off its curve', subject: p256Subject, fields: { key: p256Fields(flip(-1)) } },
  {
    name: 'ECDSA point compressed',
    subject: p256Subject,
    fields: { key: p256Fields((p) => join(bytes(2 + (p[64]! & 1)), p.subarray(1, 33))) },
  },
  {
    name: 'ECDSA point in hybrid form',
    subject: p256Subject,
    fields: { key: p256Fields((p) => join(bytes(6 + (p[64]! & 1)), p.subarray(1))) },
  },
  { name: 'ECDSA point at infinity', subject: p256Subject, fields: { key: p256Fields(() => bytes(0)) } },
  { name: 'ECDSA without a point', subject: p256Subject, fields: { key: p256Fields(() => bytes()) } },
  { name: 'ECDSA of another curve', subject: p256Subject, fields: { key: p256Fields((p) => p, 'nistp384') } },
  { name: 'ECDSA of an unknown curve', subject: p256Subject, fields: { key: p256Fields((p) => p, 'nistp999') } },
  { name: 'RSA', subject: rsaSubject },
  {
    name: 'RSA modulus with a superfluous zero',
    subject: rsaSubject,
    fields: { key: strings(e, join(bytes(0), n)) },
    stricter: strictIntegers,
  },
  { name: 'RSA modulus negative', subject: rsaSubject, fields: { key: strings(e, n.slice(1)) } },
  {
    name: 'RSA modulus even',
    subject: rsaSubject,
    fields: { key: strings(e, flip(-1)(n)) },
    stricter: 'no RSA modulus is even',
  },
  {
    name: 'RSA modulus of 1016 bits',
    subject: rsaSubject,
    fields: { key: strings(e, join(bytes(0), n.slice(1, 128))) },
  },
  { name: 'RSA modulus 0', subject: rsaSubject, fields: { key: strings(e, bytes()) } },
  {
    name: 'RSA exponent 0',
    subject: rsaSubject,
    fields: { key: strings(bytes(), n) },
    stricter: 'no RSA exponent is below 3',
  },
  {
    name: 'RSA exponent 1',
    subject: rsaSubject,
    fields: { key: strings(bytes(1), n) },
    stricter: 'no RSA exponent is below 3',
  },
  {
    name: 'RSA exponent 4',
    subject: rsaSubject,
    fields: { key: strings(bytes(4), n) },
    stricter: 'no RSA exponent is even',
  },
  {
    name: 'RSA exponent of 80 bits',
    subject: rsaSubject,
    fields: { key: join(integer('7fffffffffffffffffff'), strings(n)) },
    stricter: 'exponents above 64 bits are a cost attack',
  },
  // Names.
  { name: 'another type on the line', line: 'ssh-rsa-cert-v01@openssh.com' },
  { name: 'plain type on the line', line: 'ssh-ed25519' },
  {
    name: 'signature name as the type of the certificate',
    stricter: 'it names a way of signing, not a type (RFC 8332 section 3)',
    subject: rsaSubject,
    fields: { name: 'rsa-sha2-512-cert-v01@openssh.com' },
  },
  { name: 'old type of certificate', subject: rsaSubject, fields: { name: 'ssh-rsa-cert-v00@openssh.com' } },
  { name: 'unknown type of certificate', fields: { name: 'ssh-foo-cert-v01@openssh.com' } },
  {
    name: 'type of certificate with NUL',
    stricter: oneNul,
    fields: { name: 'ssh-ed25519-cert-v01@openssh.com\0' },
    line: 'ssh-ed25519-cert-v01@openssh.com',
  },
]
