/** `hawser sig sign`: signs a file. */

import { formatPublicKey, parseCertificate, type Signer, signMessage } from '../index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { type SignerArguments, signerFile, withSigner } from './agent-key.ts'
import { needed, onlyOne, readArguments, UsageError } from './arguments.ts'
import { checkStdin, checkTargets, readInput } from './files.ts'
import { about, asked, print, printJson, shown, tell } from './output.ts'
import { messageOf } from './sig-message.ts'

/** The hash of that name. */
function hashOf(name: string): 'sha256' | 'sha512' {
  if (name !== 'sha256' && name !== 'sha512') throw new UsageError('--hash: sha256 or sha512 expected')
  return name
}

/** The same signer, with the certificate of a file. */
async function certified(signer: Signer, file: string | undefined): Promise<Signer> {
  if (file === undefined) return signer
  const bytes = await readInput(file)
  const certificate = await about(file, () => parseCertificate(bytes))
  const { publicKey, algorithms } = signer
  return { publicKey, algorithms, certificate, sign: (data, options) => signer.sign(data, options) }
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    key: { type: 'string' },
    agent: { type: 'string' },
    certificate: { type: 'string' },
    'passphrase-file': { type: 'string' },
    namespace: { type: 'string' },
    hash: { type: 'string' },
    out: { type: 'string' },
  })
  const { out = '-', certificate, key, agent, 'passphrase-file': passphraseFile } = values
  const file = onlyOne(positionals, 'FILE')
  const by: SignerArguments = { options: ['key', 'agent'], file: key, agent, passphraseFile }
  const namespace = needed(values.namespace, 'namespace')
  const hash = hashOf(values.hash ?? 'sha512')
  checkStdin([signerFile(by), certificate, file, passphraseFile])
  if (out === '') throw new UsageError('--out: the name of a file expected')
  if (out !== '-') await checkTargets([out], values.force === true)
  await withSigner(by, async (own) => {
    const signer = await certified(own, certificate)
    // An agent's certificate is one of its keys, and named as such.
    const options = { namespace, hash, certificate: signer.certificate !== undefined }
    const signature = await asked(() => signMessage(messageOf(file), signer, options))
    if (out !== '-') await writeFileAtomic(out, signature, { mode: 0o644, force: values.force })
    if (values.json) {
      const publicKey = formatPublicKey(signer.publicKey).trimEnd()
      printJson({ file, out, namespace, hash, publicKey, ...(out === '-' && { signature }) })
    } else if (out === '-') print(signature.trimEnd())
    else tell(`${shown(out)}: signature of ${shown(file)} for "${shown(namespace)}" written`)
  })
  return 0
}
