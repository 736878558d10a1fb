/** `hawser hosts check`: whether a host is who it says, by known_hosts. */

import { checkHost } from '../index.ts'
import { defaultLimits } from '../limits.ts'
import { lowerCase } from '../text/host-match.ts'
import { needed, readArguments, UsageError } from './arguments.ts'
import { checkStdin, readInput } from './files.ts'
import { readSubject } from './key-files.ts'
import { asked, errorFacts, print, printJson, shown } from './output.ts'
import { readRevocation } from './revocation-files.ts'
import { currentTime, parseTime } from './time.ts'

const texts = {
  known: 'known: the key is the one of this host',
  authority: 'known: the certificate is by an authority of this host',
  new: 'new: nothing is known of this host',
  changed: 'CHANGED: other keys are known of this host, not this one',
  revoked: 'REVOKED: the key must not be used',
}

/** Runs the command; resolves to the exit code: 0 where the host is known. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    key: { type: 'string' },
    krl: { type: 'string' },
    at: { type: 'string' },
  })
  const [host, ...names] = positionals
  const keyFile = needed(values.key, 'key')
  if (host === undefined || host === '') throw new UsageError('HOST is missing')
  if (names.length === 0) throw new UsageError('FILE is missing')
  checkStdin([keyFile, values.krl, ...names])
  const now = currentTime()
  const time = values.at === undefined ? now : parseTime(values.at, 'at', now)
  try {
    const key = await readSubject(keyFile, { passphrase: undefined, ask: !values.json })
    const revocation = await readRevocation(values.krl)
    const files: Uint8Array[] = []
    for (const name of names) files.push(await readInput(name, defaultLimits.textFileLength))
    // ssh looks hosts up in lower case.
    const verdict = await asked(() => checkHost(files, { host: lowerCase(host), key, time, revocation }))
    const { status, line, refusal } = verdict
    const file = verdict.file === undefined ? undefined : names[verdict.file]
    if (values.json) {
      printJson({ status, ...(file !== undefined && { file, line }), ...(refusal && { refusal: errorFacts(refusal) }) })
    } else {
      print(`${texts[status]}${file === undefined ? '' : ` (${shown(file)}, line ${line})`}`)
      if (refusal) print(`its certificate was refused (${refusal.code}): ${refusal.message}`)
    }
    return status === 'known' || status === 'authority' ? 0 : 1
  } catch (error) {
    if (!values.json || error instanceof UsageError) throw error
    printJson({ error: errorFacts(error) })
    return 1
  }
}
