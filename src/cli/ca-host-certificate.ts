/** `hawser ca host-certificate`: a host asks for the certificate of its own key. */

import { formatCertificate } from '../index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { parseLifetime } from './agent-client.ts'
import { needed, readArguments, UsageError } from './arguments.ts'
import { certificateFacts, certificateLine, clientOf, tokenOptions, tokenSource, waitForToken } from './authority.ts'
import { checkStdin, checkTargets } from './files.ts'
import { readPrivate } from './key-files.ts'
import { printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    authority: { type: 'string' },
    key: { type: 'string' },
    name: { type: 'string', multiple: true },
    lifetime: { type: 'string' },
    'passphrase-file': { type: 'string' },
    out: { type: 'string' },
    ...tokenOptions,
  })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: give the host's names with --name`)
  const { name: hosts = [], force = false, 'passphrase-file': passphraseFile } = values
  const client = clientOf(values.authority)
  const file = needed(values.key, 'key')
  if (hosts.length === 0) throw new UsageError('--name is missing')
  checkStdin([file, passphraseFile])
  const out = values.out ?? (file === '-' ? needed(undefined, 'out') : `${file}-cert.pub`)
  if (out === '' || out === '-') throw new UsageError('--out: the name of a file expected')
  const lifetime = parseLifetime(values.lifetime)
  const source = tokenSource(values, client)
  await checkTargets([out], force)
  const signer = await readPrivate(file, passphraseFile)
  try {
    const { token } = await waitForToken(source)
    const certificate = await client.requestHostCertificate({ signer, token, hosts, lifetime })
    await writeFileAtomic(out, formatCertificate(certificate), { mode: 0o644, force })
    if (values.json) printJson({ file: out, ...certificateFacts(certificate) })
    else tell(`${shown(out)}: host certificate written, ${certificateLine(certificate)}`)
  } finally {
    signer.wipe()
  }
  return 0
}
