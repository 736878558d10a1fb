/** Odd signatures, and blobs that are no whole certificate. */

import {
  addOrder,
  type Bytes,
  bytes,
  type Case,
  ecdsa,
  join,
  keyFields,
  P256_ORDER,
  rsa,
  scalars,
  strings,
  subjects,
  toBigInt,
  toInteger,
  value,
} from './odd-certificate.ts'

const opposite = (s: Bytes): Bytes => toInteger(P256_ORDER - toBigInt(s))

/** Cases of signatures and of the whole. */
export const signatureCases: readonly Case[] = [
  // The signature.
  { name: 'no signature', signature: () => bytes() },
  { name: 'name of a signature only', signature: () => strings('ssh-ed25519') },
  { name: 'octet behind the signature', signature: (b) => join(b, bytes(0)) },
  { name: 'Ed25519 signature of 63 octets', signature: value((v) => v.slice(0, -1)) },
  { name: 'Ed25519 signature of 65 octets', signature: value((v) => join(v, bytes(0))) },
  {
    name: 'Ed25519 signature with S + L',
    signature: value(addOrder),
    stricter: 'S below the order (RFC 8032 section 5.1.7); OpenSSH looks at its top bits alone',
  },
  {
    name: 'Ed25519 signature under the name of ECDSA',
    signature: (b) => strings('ecdsa-sha2-nistp256', keyFields(b).slice(4)),
  },
  {
    name: 'Ed25519 signature under the name of a certificate',
    signature: (b) => strings('ssh-ed25519-cert-v01@openssh.com', keyFields(b).slice(4)),
  },
  { name: 'Ed25519 signature all zero', signature: value((v) => new Uint8Array(v.length)) },
  { name: 'ECDSA signature with n - s', by: ecdsa, signature: scalars((r, s) => [r, opposite(s)]) },
  {
    name: 'ECDSA signature with s + n',
    by: ecdsa,
    signature: scalars((r, s) => [r, toInteger(toBigInt(s) + P256_ORDER)]),
  },
  { name: 'ECDSA signature with r = 0', by: ecdsa, signature: scalars((_, s) => [bytes(), s]) },
  { name: 'ECDSA signature with s = 0', by: ecdsa, signature: scalars((r) => [r, bytes()]) },
  { name: 'ECDSA signature with r = n', by: ecdsa, signature: scalars((_, s) => [toInteger(P256_ORDER), s]) },
  { name: 'ECDSA signature with zeros before r', by: ecdsa, signature: scalars((r, s) => [join(bytes(0), r), s]) },
  {
    name: 'ECDSA signature with many zeros before s',
    by: ecdsa,
    signature: scalars((r, s) => [r, join(new Uint8Array(64), s)]),
  },
  { name: 'ECDSA signature with negative r', by: ecdsa, signature: scalars((r, s) => [join(bytes(0xff), r), s]) },
  { name: 'ECDSA signature without s', by: ecdsa, signature: scalars((r) => [r]) },
  { name: 'ECDSA signature with three integers', by: ecdsa, signature: scalars((r, s) => [r, s, s]) },
  {
    name: 'ECDSA signature of fixed width',
    by: ecdsa,
    signature: scalars((r, s) => [join(r.slice(-32), s.slice(-32))]),
  },
  {
    name: 'ECDSA signature under the name of another curve',
    by: ecdsa,
    signature: (b) => strings('ecdsa-sha2-nistp384', keyFields(b).slice(4)),
  },
  { name: 'RSA signature cut short at the front', by: rsa, signature: value((v) => v.slice(1)) },
  { name: 'RSA signature with a zero in front', by: rsa, signature: value((v) => join(bytes(0), v)) },
  {
    name: 'RSA signature under the name of another hash',
    by: rsa,
    signature: (b) => strings('rsa-sha2-256', keyFields(b).slice(4)),
  },
  {
    name: 'RSA signature under the name of its key',
    by: rsa,
    signature: (b) => strings('ssh-rsa', keyFields(b).slice(4)),
  },
  {
    name: 'RSA signature under an unknown name',
    by: rsa,
    signature: (b) => strings('rsa-sha2-384', keyFields(b).slice(4)),
  },
  { name: 'RSA signature all zero', by: rsa, signature: value((v) => new Uint8Array(v.length)) },
  { name: 'RSA signature all ones', by: rsa, signature: value((v) => new Uint8Array(v.length).fill(255)) },
  // The whole.
  { name: 'octet behind the certificate', blob: (b) => join(b, bytes(0)) },
  { name: 'no blob', blob: () => bytes() },
  { name: 'the type alone', blob: () => strings('ssh-ed25519-cert-v01@openssh.com') },
  { name: 'the plain key under the type', blob: () => subjects[0]!.key.publicKey.blob },
  ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) => ({
    name: `cut at ${part}`,
    blob: (b: Bytes) => b.slice(0, Math.floor(b.length * part)),
  })),
]
