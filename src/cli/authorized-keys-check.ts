/** `hawser authorized-keys check`: whether a key or a certificate may log in, and with what limits. */

import { parseAddress } from '../cert/source-address.ts'
import { VerificationError } from '../errors.ts'
import { checkLogin } from '../index.ts'
import { allTypes } from '../keys/index.ts'
import { defaultLimits } from '../limits.ts'
import { type LoginOptions, parseAuthorizedKeys } from '../text/index.ts'
import { needed, onlyOne, readArguments, UsageError } from './arguments.ts'
import { formatBlock, type Row } from './block.ts'
import { checkStdin, readInput } from './files.ts'
import { readSubject } from './key-files.ts'
import { about, errorFacts, print, printJson, shown } from './output.ts'
import { readRevocation } from './revocation-files.ts'
import { currentTime, formatTime, parseTime } from './time.ts'

const permissions = {
  portForwarding: 'port forwarding',
  agentForwarding: 'agent forwarding',
  x11Forwarding: 'X11 forwarding',
  pty: 'a terminal',
  userRc: 'user rc file',
} as const satisfies Partial<Record<keyof LoginOptions, string>>

function rowsOf(options: LoginOptions, principal: string | null): Row[] {
  const rows: Row[] = []
  const add = (label: string, values: readonly string[]): unknown =>
    values.length > 0 && rows.push([label, ...values.map(shown)])
  const names = Object.keys(permissions) as (keyof typeof permissions)[]
  add('principal', principal === null ? [] : [principal])
  add('command', options.command === null ? [] : [options.command])
  add('environment', options.environment)
  add('from', options.from ?? [])
  add('addresses', options.sourceAddresses ?? [])
  add('until', options.expiryTime === null ? [] : [formatTime(options.expiryTime)])
  add('forwards to', options.permitOpen)
  add('listens at', options.permitListen)
  add('tunnel', options.tunnel === null ? [] : [`${options.tunnel}`])
  add(
    'allowed',
    names.filter((name) => options[name]).map((name) => permissions[name]),
  )
  add(
    'refused',
    names.filter((name) => !options[name]).map((name) => permissions[name]),
  )
  add('needs', options.verifyRequired ? ['a security key that verified its user'] : [])
  return rows
}

/** Runs the command; resolves to the exit code: 0 where the login is accepted. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    key: { type: 'string' },
    user: { type: 'string' },
    address: { type: 'string' },
    host: { type: 'string' },
    krl: { type: 'string' },
    at: { type: 'string' },
  })
  const { user, address, host, json = false } = values
  const file = onlyOne(positionals, 'FILE')
  const keyFile = needed(values.key, 'key')
  checkStdin([keyFile, values.krl, file])
  if (address !== undefined && !parseAddress(address)) {
    throw new UsageError('--address: an IPv4 or IPv6 address expected')
  }
  const now = currentTime()
  const time = values.at === undefined ? now : parseTime(values.at, 'at', now)
  try {
    const key = await readSubject(keyFile, { passphrase: undefined, ask: !json })
    const revocation = await readRevocation(values.krl)
    const bytes = await readInput(file, defaultLimits.textFileLength)
    const keys = await about(file, () => parseAuthorizedKeys(bytes, { types: allTypes }))
    const { line, options, principal } = await checkLogin(keys, { key, user, address, host, time, revocation })
    if (json) printJson({ accepted: true, line, principal, options })
    else print(formatBlock(`${shown(file)}: accepted by line ${line}`, rowsOf(options, principal)))
    return 0
  } catch (error) {
    if (json) printJson({ accepted: false, ...errorFacts(error) })
    else if (error instanceof VerificationError) print(`refused (${error.code}): ${error.message}`)
    else throw error
    return 1
  }
}
