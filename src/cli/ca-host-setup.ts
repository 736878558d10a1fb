/** `hawser ca host-setup`: what a host's sshd must be told to let certificates of an authority in. */

import { hostSetup } from '../ca/host-setup.ts'
import { readArguments, UsageError } from './arguments.ts'
import { clientOf } from './authority.ts'
import { readPublicLines } from './key-files.ts'
import { asked, print, printJson, shown } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    authority: { type: 'string' },
    ca: { type: 'string' },
    group: { type: 'string', multiple: true },
    account: { type: 'string', multiple: true },
    folder: { type: 'string' },
    'host-certificate': { type: 'string' },
    krl: { type: 'boolean' },
  })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  const { authority, ca, group: groups = [], account: accounts = [], folder, krl, ...more } = values
  if (authority !== undefined && ca !== undefined) throw new UsageError('--authority and --ca exclude each other')
  if (authority === undefined && ca === undefined) throw new UsageError('--authority is missing (or --ca)')
  if (groups.length === 0) throw new UsageError('--group is missing')
  if (accounts.length === 0) throw new UsageError('--account is missing')
  const client = authority === undefined ? undefined : clientOf(authority)
  const authorities = client ? await client.authorities() : await readPublicLines(ca!)
  const hostCertificate = more['host-certificate']
  const { sshdConfig, files } = await asked(async () =>
    hostSetup({ authorities, groups, accounts, folder, hostCertificate, krl }),
  )
  const all = [{ path: '/etc/ssh/sshd_config.d/00-hawser.conf', content: sshdConfig }, ...files]
  for (const [i, { path, content }] of all.entries()) {
    if (values.json) printJson({ path, content })
    else print(`${i === 0 ? '' : '\n'}# ${path}\n${shown(content.trimEnd()).replaceAll('\\x0a', '\n')}`)
  }
  return 0
}
