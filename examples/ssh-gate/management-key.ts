/**
 * The key by which the service alone comes to a gate, through a door of its own. Each gate has one, made with it; it lies
 * in the records under the service's seal, is opened when it is used, and no user's key may be the same.
 */

import { formatPrivateKey, formatPublicKey, generateKey, parsePrivateKey } from 'hawser'
import type { PrivateKey } from 'hawser/keys'

export interface SealedKey {
  readonly line: string
  readonly sealed: string
}

export async function newManagementKey(seal: string, comment: string): Promise<SealedKey> {
  const key = await generateKey('ed25519', { comment })
  try {
    // The seal is random and long: rounds would only cost time.
    return {
      line: formatPublicKey(key.publicKey).trim(),
      sealed: await formatPrivateKey(key, { passphrase: seal, rounds: 1 }),
    }
  } finally {
    key.wipe()
  }
}

/** The caller wipes it. Throws `PassphraseError` where it lies under another seal. */
export function openManagementKey(sealed: string, seal: string): Promise<PrivateKey> {
  return parsePrivateKey(sealed, { passphrase: seal })
}
