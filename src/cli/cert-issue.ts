/** `hawser cert issue`: signs a certificate. */

import { defaultUserExtensions, formatCertificate, issueCertificate } from '../index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { type SignerArguments, signerFile, withSigner } from './agent-key.ts'
import { needed, onlyOne, readArguments, UsageError, wholeNumber } from './arguments.ts'
import { describeCertificate } from './describe.ts'
import { checkStdin } from './files.ts'
import { readPublic } from './key-files.ts'
import { asked, print, printJson, shown, tell } from './output.ts'
import { currentTime, parseTime } from './time.ts'

/** `NAME` is a flag, `NAME=DATA` a value. */
function readOptions(given: readonly string[] | undefined, option: string): Record<string, true | string> {
  const options = new Map<string, true | string>()
  for (const text of given ?? []) {
    const at = text.indexOf('=')
    const name = at < 0 ? text : text.slice(0, at)
    if (name === '') throw new UsageError(`--${option}: NAME or NAME=DATA expected`)
    if (options.has(name)) throw new UsageError(`--${option} ${shown(name)} is given more than once`)
    options.set(name, at < 0 ? true : text.slice(at + 1))
  }
  // Makes own properties of whatever name, `__proto__` among them.
  return Object.fromEntries(options)
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    ca: { type: 'string' },
    'ca-agent': { type: 'string' },
    id: { type: 'string' },
    principal: { type: 'string', multiple: true },
    'any-principal': { type: 'boolean' },
    host: { type: 'boolean' },
    serial: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    critical: { type: 'string', multiple: true },
    extension: { type: 'string', multiple: true },
    'no-default-extensions': { type: 'boolean' },
    algorithm: { type: 'string' },
    'passphrase-file': { type: 'string' },
    out: { type: 'string' },
  })
  const { principal: principals = [], 'any-principal': anyPrincipal = false, host = false, out = '-' } = values
  const file = onlyOne(positionals, 'PUBLIC')
  const { ca, 'ca-agent': agent, 'passphrase-file': passphraseFile } = values
  const by: SignerArguments = { options: ['ca', 'ca-agent'], file: ca, agent, passphraseFile }
  const keyId = needed(values.id, 'id')
  checkStdin([signerFile(by), file, passphraseFile])
  if (out === '') throw new UsageError('--out: the name of a file expected')
  if (principals.length === 0 && !anyPrincipal) {
    throw new UsageError('--principal is missing (a certificate for nobody in particular needs --any-principal)')
  }
  if (principals.length > 0 && anyPrincipal) throw new UsageError('--principal and --any-principal exclude each other')
  const now = currentTime()
  // As ssh-keygen -V +T: on the minute, and one minute back at least, for clocks that are late.
  const validAfter = values.from === undefined ? ((now - 59n) / 60n) * 60n : parseTime(values.from, 'from', now)
  const validBefore = parseTime(needed(values.to, 'to'), 'to', now)
  if (validBefore <= validAfter) throw new UsageError('--to must be later than --from')
  const defaults = host || values['no-default-extensions'] ? {} : defaultUserExtensions
  const request = {
    kind: host ? 'host' : 'user',
    keyId,
    principals,
    anyPrincipal,
    serial: values.serial === undefined ? 0n : wholeNumber(values.serial, 'serial', 0n, 0xffffffffffffffffn),
    validAfter,
    validBefore,
    criticalOptions: readOptions(values.critical, 'critical'),
    extensions: { ...defaults, ...readOptions(values.extension, 'extension') },
  } as const

  const publicKey = await readPublic(file)
  await withSigner(by, async (authority) => {
    const { algorithm } = values
    const certificate = await asked(() => issueCertificate({ ...request, publicKey }, authority, { algorithm }))
    const line = formatCertificate(certificate)
    if (out !== '-') await writeFileAtomic(out, line, { mode: 0o644, force: values.force })
    if (values.json) printJson({ file: out, ...(await describeCertificate(certificate, 'openssh')) })
    else if (out === '-') print(line.trimEnd())
    else tell(`${shown(out)}: ${request.kind} certificate "${shown(keyId)}" written`)
  })
  return 0
}
