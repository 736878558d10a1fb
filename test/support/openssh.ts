/** Envelopes of `openssh-key-v1`, opened down to what the formats' own functions take. */
import { bcryptPbkdf } from '../../src/crypto/index.ts'
import { type FileCipher, fileCiphers } from '../../src/formats/openssh-ciphers.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, OPENSSH_LABEL } from '../../src/formats/openssh-section.ts'
import { decodeArmor, encodeArmor } from '../../src/wire/armor.ts'
import { utf8 } from './bytes.ts'

/** The octets within the armor. */
export function bodyOf(file: Uint8Array): Uint8Array {
  return decodeArmor(file).body
}

/** The envelope of a file. */
export function envelopeOf(file: Uint8Array): Envelope {
  return decodeEnvelope(bodyOf(file))
}

/** Octets in the armor of a private key file. */
export function armored(body: Uint8Array): string {
  return encodeArmor(OPENSSH_LABEL, body, 70)
}

/** A file of an envelope. */
export function fileOf(envelope: Envelope): string {
  return armored(encodeEnvelope(envelope))
}

/** The cipher of an envelope. */
export function cipherOf(envelope: Envelope): FileCipher {
  const found = fileCiphers.find((cipher) => cipher.name === envelope.cipher)
  if (!found) throw new Error(`no cipher ${envelope.cipher}`)
  return found
}

/** Key and IV of an envelope. */
export function keyMaterial(envelope: Envelope, passphrase: string): Promise<Uint8Array> {
  const cipher = cipherOf(envelope)
  const { salt, rounds } = envelope.bcrypt!
  return bcryptPbkdf(utf8(passphrase), salt, cipher.keyLength + cipher.ivLength, rounds)
}
