/** Keys and certificates of the people in the demonstration, as files that ssh reads. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCertificate, formatPrivateKey, formatPublicKey, generateKey, issueCertificate } from 'hawser'
import type { PrivateKey } from 'hawser/keys'
import { writeFileAtomic } from 'hawser/node'

export interface Person {
  readonly name: string
  readonly key: PrivateKey
  /** Path of the private key; the public one has `.pub` behind it. */
  readonly identity: string
}

export async function newPerson(folder: string, name: string): Promise<Person> {
  const key = await generateKey('ed25519', { comment: `${name}@example.com` })
  const identity = join(folder, name)
  await writeFileAtomic(identity, await formatPrivateKey(key))
  writeFileSync(`${identity}.pub`, formatPublicKey(key.publicKey))
  return { name, key, identity }
}

/** What a certificate says besides whose it is. */
export interface Terms {
  readonly principals: readonly string[]
  /** The addresses from which it holds. */
  readonly from: readonly string[]
  /** Seconds from now; less than zero is over already. */
  readonly lifetime?: number | undefined
}

let serial = 0n

/** Issues a certificate and puts it in the place of the last one; gives its path. */
export async function certify(authority: Person, person: Person, terms: Terms): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const certificate = await issueCertificate(
    {
      kind: 'user',
      publicKey: person.key.publicKey,
      keyId: `${person.name}@example.com`,
      principals: terms.principals,
      serial: ++serial,
      validAfter: now - 3600,
      validBefore: now + (terms.lifetime ?? 120),
      criticalOptions: { 'source-address': terms.from.map((address) => `${address}/32`).join(',') },
      // Forwarding for the gate; a shell is for the target to give.
      extensions: { 'permit-port-forwarding': true, 'permit-pty': true },
    },
    authority.key,
  )
  const path = `${person.identity}-cert.pub`
  writeFileSync(path, formatCertificate(certificate))
  return path
}
