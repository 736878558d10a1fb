/**
 * Signatures between SSH (RFC 4253 section 6.6, RFC 5656 section 3.1.2) and everybody else: RSA and Ed25519 are the
 * same octets; ECDSA is two mpints in SSH, a SEQUENCE of two INTEGERs in X.509 (RFC 3279 section 2.2.3), and r and s of
 * fixed width one after the other in WebCrypto (section 23.7.1) and PKCS#11.
 */

import { decodeDer, derInteger, derSequence, encodeDer } from '../asn1/index.ts'
import { SignerError } from '../errors.ts'
import type { KeyType } from '../keys/key-type.ts'
import { type Signature, signatureOf } from '../keys/signature.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { isEcdsa } from './crypto-algorithm.ts'

/** How an ECDSA signature is written outside of SSH; other signatures have one form. */
export type SignatureForm = 'der' | 'raw'

/** Longest signature that a signer's answer may be: RSA with 16384 bits. */
const MAX_LENGTH = 2048

function splitEcdsa(value: Uint8Array, form: SignatureForm): readonly [r: Uint8Array, s: Uint8Array] {
  if (form === 'raw') {
    if (value.length % 2 !== 0) throw new SignerError('signer-failed', 'r and s of the same length expected')
    return [value.subarray(0, value.length / 2), value.subarray(value.length / 2)]
  }
  try {
    const outer = decodeDer(value, 'ECDSA signature')
    const pair = outer.sequence('ECDSA signature')
    const rs = [pair.integer('r'), pair.integer('s')] as const
    pair.end('ECDSA signature')
    return rs
  } catch (cause) {
    throw new SignerError('signer-failed', 'a SEQUENCE of r and s in DER expected', { cause })
  }
}

/** A signature of SSH from one that was made elsewhere. Throws `SignerError` `signer-failed` for what is none. */
export function sshSignature(type: KeyType, algorithm: string, value: Uint8Array, form: SignatureForm): Signature {
  if (value.length > MAX_LENGTH) {
    throw new SignerError('signer-failed', `a signature of ${value.length} octets, at most ${MAX_LENGTH} are taken`)
  }
  if (!isEcdsa(type)) return signatureOf(algorithm, new Writer().string(value).take())
  const [r, s] = splitEcdsa(value, form)
  return signatureOf(algorithm, new Writer().string(new Writer().mpint(r).mpint(s).take()).take())
}

/** The signature as X.509 has it, in a copy. Throws `FormatError` for a blob that does not hold. */
export function plainSignature(type: KeyType, signature: Signature): Uint8Array {
  const reader = new Reader(signature.blob)
  reader.string('signature algorithm')
  const value = reader.string('signature')
  reader.end('signature')
  if (!isEcdsa(type)) return new Uint8Array(value)
  const pair = new Reader(value)
  const der = encodeDer(derSequence(derInteger(pair.mpint('signature r')), derInteger(pair.mpint('signature s'))))
  pair.end('signature')
  return der
}
