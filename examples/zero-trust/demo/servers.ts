/** What runs in the office: the identity provider and the authority, and what they need. */

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { type Running, said } from '../../lab/namespaces.ts'
import { nobodyBlocked } from '../blocked.ts'
import { DOMAIN, type HostName, type Site } from './site.ts'

const port = (url: string): string => new URL(url).port || '443'

/** TLS for both, secrets for the hosts, the file of those who are shut out. */
export async function prepareOffice(site: Site, hosts: readonly HostName[]): Promise<void> {
  const names = ['localhost', `login.${DOMAIN}`, `ca.${DOMAIN}`]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'zero-trust' }], {
    keyType: 'ec',
    curve: 'P-256',
    notAfterDate: new Date(Date.now() + 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  })
  writeFileSync(site.at('tls.pem'), cert)
  writeFileSync(site.at('tls.key'), key, { mode: 0o600 })
  mkdirSync(site.at('secrets'), { mode: 0o700 })
  for (const host of hosts) {
    writeFileSync(join(site.at('secrets'), `host-${host}`), randomBytes(32).toString('hex'), { mode: 0o600 })
  }
  writeFileSync(site.at('blocked.json'), nobodyBlocked)
  for (const name of ['user_ca', 'host_ca']) {
    await site.done('office', `keygen --out ${site.at(name)} --comment ${name}`)
    chmodSync(site.at(name), 0o600)
  }
}

async function listening(running: Running): Promise<Running> {
  await said(running, /listening on \d+/)
  return running
}

const tls = (site: Site, machine: 'office') => ({
  LISTEN: site.apart ? '0.0.0.0' : site.address[machine],
  TLS_CERT_FILE: site.at('tls.pem'),
  TLS_KEY_FILE: site.at('tls.key'),
})

export function startIdentityProvider(site: Site): Promise<Running> {
  const { issuer, authority } = site
  return listening(
    site.startFile('office', 'identity-provider.ts', [], {
      ...tls(site, 'office'),
      ISSUER: issuer,
      PORT: port(issuer),
      AUDIENCE: authority,
      HOST_SECRETS: site.at('secrets'),
    }),
  )
}

/** Starts the authority, its clock `behind` seconds behind. */
export function startAuthority(site: Site, hosts: readonly HostName[], behind = 0): Promise<Running> {
  const { issuer, authority, accounts, address } = site
  return listening(
    site.startFile('office', 'authority.ts', [], {
      ...tls(site, 'office'),
      PORT: port(authority),
      AUTHORITY_URL: authority,
      AUTHORITY_KEY_FILE: site.at('user_ca'),
      HOST_AUTHORITY_KEY_FILE: site.at('host_ca'),
      BLOCKED_FILE: site.at('blocked.json'),
      ISSUER: issuer,
      JWKS_URL: `${issuer}/jwks`,
      CLIENT_ID: 'hawser',
      DOMAIN,
      HOSTS: hosts.join(' '),
      ACCOUNT: accounts.host,
      GATE_ACCOUNT: accounts.gate,
      GATES: address.gate,
      CLOCK_BEHIND: String(behind),
    }),
  )
}
