/** The keys that arguments name: public ones, whole artifacts, and private ones with their passphrase. */

import { UnsupportedError } from '../errors.ts'
import { type Certificate, identify, type PrivateKey, type PublicKey, parsePublicKey } from '../index.ts'
import { inputText } from '../wire/text.ts'
import { type KeyArtifact, oneKey } from './describe.ts'
import { readInput, warnExposed } from './files.ts'
import { about } from './output.ts'
import { type HowToOpen, openPrivateKey, readPassphraseFile } from './passphrase.ts'

/** A private key, its passphrase from a file or from a person. The caller wipes it. */
export async function readPrivate(file: string, passphraseFile: string | undefined): Promise<PrivateKey> {
  const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile)
  const bytes = await readInput(file)
  try {
    const key = await about(file, () => openPrivateKey(file, bytes, { passphrase, ask: true }))
    await warnExposed(file)
    return key
  } finally {
    passphrase?.fill(0)
    bytes.fill(0)
  }
}

/** A public key. */
export async function readPublic(file: string): Promise<PublicKey> {
  const bytes = await readInput(file)
  try {
    return await about(file, () => parsePublicKey(bytes))
  } finally {
    // Somebody may have named a private key by mistake.
    bytes.fill(0)
  }
}

/** The keys of a file, one on each line that is neither blank nor a comment, as in sshd's TrustedUserCAKeys. */
export async function readPublicLines(file: string): Promise<PublicKey[]> {
  const bytes = await readInput(file)
  return about(file, () => {
    const lines = inputText(bytes)
      .split('\n')
      .filter((line) => /^[ \t]*[^# \t\r]/.test(line))
    // A file of no key at all gets the parser's own words.
    return lines.length > 1 ? lines.map((line) => parsePublicKey(line)) : [parsePublicKey(bytes)]
  })
}

/** The public key of what holds one in clear. Throws `UnsupportedError` for an X.509 certificate of another kind. */
export function publicKeyOf(found: Exclude<KeyArtifact, { artifact: 'private-key' }>): PublicKey {
  if (found.artifact === 'public-key') return found.publicKey
  if (found.artifact === 'certificate') return { ...found.certificate.publicKey, comment: found.certificate.comment }
  const { publicKey } = found.x509
  if (publicKey) return publicKey
  throw new UnsupportedError('unsupported-type', 'SSH has no keys of the type in this X.509 certificate')
}

/** The public key or the certificate that a file holds, of a private key the public half. */
export async function readSubject(file: string, how: HowToOpen): Promise<PublicKey | Certificate> {
  const bytes = await readInput(file)
  try {
    return await about(file, async () => {
      const found = oneKey(identify(bytes))
      if (found.artifact === 'certificate') return found.certificate
      if (found.artifact !== 'private-key') return publicKeyOf(found)
      if (found.publicKey) return found.publicKey
      const key = await openPrivateKey(file, bytes, how)
      key.wipe()
      return key.publicKey
    })
  } finally {
    bytes.fill(0)
  }
}
