/** Key files on their way into an agent: the key, and with it the certificate that lies beside it, as ssh-add does. */

import { isSecurityKey } from '../agent/authenticator.ts'
import { type AddRequest, type Constraint, encodeAdd } from '../agent-protocol/index.ts'
import { type Certificate, type PrivateKey, parseCertificate } from '../index.ts'
import { fileExists } from '../runtime/shared.ts'
import { readInput } from './files.ts'
import { readPrivate } from './key-files.ts'
import { about } from './output.ts'

/** How keys are added. */
export interface HowToAdd {
  readonly lifetime: number | undefined
  readonly confirm: boolean | undefined
  readonly passphraseFile: string | undefined
}

/** What was added. */
export interface Added {
  readonly key: PrivateKey
  readonly certificate: Certificate | undefined
}

async function certificateBeside(file: string): Promise<Certificate | undefined> {
  const beside = `${file}-cert.pub`
  if (file === '-' || !(await fileExists(beside))) return undefined
  const bytes = await readInput(beside)
  return about(beside, () => parseCertificate(bytes))
}

/** Reads a private key and has it added, and once more with its certificate where there is one. The key is wiped. */
export async function addFile(
  file: string,
  how: HowToAdd,
  add: (request: AddRequest) => Promise<void>,
): Promise<Added> {
  const key = await readPrivate(file, how.passphraseFile)
  try {
    const certificate = await certificateBeside(file)
    const constraints: Constraint[] = []
    if (how.lifetime !== undefined) constraints.push({ kind: 'lifetime', seconds: how.lifetime })
    if (how.confirm) constraints.push({ kind: 'confirm' })
    if (isSecurityKey(key)) {
      constraints.push({ kind: 'sk-provider', provider: process.env.SSH_SK_PROVIDER || 'internal' })
    }
    const comment = key.comment || file
    for (const beside of certificate ? [undefined, certificate] : [undefined]) {
      // A certificate that is not this key's is that file's fault.
      const request = await about(beside ? `${file}-cert.pub` : file, () =>
        encodeAdd(key, { certificate: beside, comment, constraints }),
      )
      await about(file, () => add(request))
    }
    return { key, certificate }
  } finally {
    key.wipe()
  }
}
