/** Passphrases as octets. */

import { PassphraseError } from '../errors.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { encodeText } from '../wire/text.ts'
import type { Passphrase } from './format.ts'

/** Runs `work` with the octets of a passphrase; those made of a text are wiped afterwards. */
export async function withPassphrase<T>(passphrase: Passphrase, work: (octets: Uint8Array) => Promise<T>): Promise<T> {
  const octets = typeof passphrase === 'string' ? encodeText(passphrase) : passphrase
  try {
    return await work(octets)
  } finally {
    if (octets !== passphrase) octets.fill(0)
  }
}

/**
 * The passphrase. Throws `PassphraseError` `passphrase-required` where it is missing or empty, with the public key where
 * the file has it in clear.
 */
export function needPassphrase(
  passphrase: Passphrase | undefined,
  cipher: string,
  publicKey?: () => PublicKey,
): Passphrase {
  if (passphrase !== undefined && passphrase.length > 0) return passphrase
  const key = publicKey?.()
  throw new PassphraseError('passphrase-required', `encrypted with ${cipher}: a passphrase is needed`, {
    publicKey: key,
  })
}

/** The passphrase to write with. Throws `TypeError` where it is empty. */
export function newPassphrase(passphrase: Passphrase): Passphrase {
  if (passphrase.length > 0) return passphrase
  throw new TypeError('a passphrase of at least one octet expected')
}

/** The refusal of what a passphrase opened. */
export function wrongPassphrase(cause?: unknown): PassphraseError {
  return new PassphraseError('passphrase-wrong', 'wrong passphrase, or a damaged file', { cause })
}
