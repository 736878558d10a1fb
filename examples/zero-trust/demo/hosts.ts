/** A host: it gets its own certificate and all that its sshd must know from the authority, and knows of no user. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Running } from '../../lab/namespaces.ts'
import { newHostKey, startSshd } from '../../lab/sshd.ts'
import { DOMAIN, type HostName, programLine, type Site } from './site.ts'

/** What a host lets through or in, besides what the authority's lines say. */
function restrictions(site: Site, host: HostName): string[] {
  if (host !== 'gate') return ['AllowTcpForwarding no', 'Subsystem sftp internal-sftp']
  const targets = (['web', 'db'] as const).map((name) =>
    site.apart ? `${name}.${DOMAIN}:22` : `127.0.0.1:${site.ports[name]}`,
  )
  return ['PermitTTY no', `PermitOpen ${targets.join(' ')}`]
}

export async function startHost(site: Site, host: HostName): Promise<Running> {
  const { authority, issuer, accounts, address, ports } = site
  const where = `--authority ${authority}`
  const key = await newHostKey(site.folder, host)
  const folder = site.at(`${host}-hawser`)
  const token = programLine('host-token.ts', `host-${host}`)
  const env = { ISSUER: issuer, AUDIENCE: authority, SECRET_FILE: site.at(`secrets/host-${host}`) }
  await site.done(
    host,
    `ca host-certificate ${where} --key ${key} --name ${host}.${DOMAIN} --token-command '${token}'`,
    env,
  )
  const [group, account] = host === 'gate' ? ['edge', accounts.gate] : [host, accounts.host]
  const certificate = `--host-certificate ${key}-cert.pub --krl --folder ${folder}`
  const lines = await site.done(
    host,
    `ca host-setup ${where} --group ${group} --account ${account} ${certificate} --json`,
  )
  const files = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string; content: string })
  const [config, ...others] = files
  if (!config) throw new Error('host-setup printed nothing')
  for (const { path, content } of others) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    writeFileSync(path, content, { mode: 0o644 })
  }
  await fetchKrl(site, host)
  const own = ['AuthorizedKeysFile none', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no']
  const all = [config.content, ...own, ...restrictions(site, host), '']
  return startSshd(site, host, key, [`${address[host]}:${ports[host]}`], all.join('\n'))
}

/** What a timer on each host does, every few minutes. */
export function fetchKrl(site: Site, host: HostName): Promise<string> {
  return site.done(host, `ca krl --authority ${site.authority} --out ${site.at(`${host}-hawser/revoked.krl`)} --force`)
}
