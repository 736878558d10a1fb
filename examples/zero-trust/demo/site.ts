/** The machines of the demonstration, and how programs are run on them. */

import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Environment, type Lab, makeLab, type Running } from '../../lab/namespaces.ts'
import { freePort } from '../../lab/sshd.ts'
import { type Ended, typed } from '../../lab/tell.ts'

export type Name = 'client' | 'stranger' | 'gate' | 'web' | 'db' | 'office'
export type HostName = 'gate' | 'web' | 'db'

export const DOMAIN = 'corp.example'
/** Of an account that is none of the system's own. */
const ids = { gate: 64_011, deploy: 64_012 } as const
const address = {
  gate: '10.78.0.1',
  client: '10.78.0.2',
  office: '10.78.0.3',
  web: '10.78.0.11',
  db: '10.78.0.12',
  stranger: '10.78.0.66',
} as const
/** There is no cable between the client and the hosts behind the gate. */
const cables = [
  ['client', 'gate'],
  ['client', 'office'],
  ['stranger', 'gate'],
  ['gate', 'web'],
  ['gate', 'db'],
  ['gate', 'office'],
  ['web', 'office'],
  ['db', 'office'],
] as const

export interface Site extends Lab<Name> {
  readonly apart: boolean
  /** A path in the folder. */
  at(name: string): string
  readonly address: Readonly<Record<Name, string>>
  readonly accounts: { readonly gate: string; readonly host: string }
  readonly ids: typeof ids
  /** Where the sshd of each host listens. */
  readonly ports: Readonly<Record<HostName, number>>
  /** URLs of the identity provider and of the authority. */
  readonly issuer: string
  readonly authority: string
  /** A program of this folder. */
  runFile(machine: Name, file: string, args: readonly string[], env?: Environment): Promise<Ended>
  startFile(machine: Name, file: string, args: readonly string[], env?: Environment): Running
  /** Types `hawser` on a machine. */
  hawser(machine: Name, line: string, env?: Environment): Promise<Ended>
  /** One that must work; gives what it printed. */
  done(machine: Name, line: string, env?: Environment): Promise<string>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const command = join(dirname(fileURLToPath(import.meta.resolve('hawser/package.json'))), 'dist/cli/main.js')

export async function makeSite(together: string | undefined): Promise<Site> {
  const names = (of: Partial<Record<string, string>>) =>
    Object.fromEntries(Object.entries(of).map(([name, at]) => [`${name}.${DOMAIN}`, at!]))
  const office = { login: address.office, ca: address.office }
  const behind = { web: address.web, db: address.db }
  const deploy = { name: 'deploy', id: ids.deploy, home: '/', shell: '/bin/sh' }
  const lab = makeLab<Name>({
    prefix: 'zero-trust',
    machines: {
      client: { hosts: names({ ...office, gate: address.gate }) },
      stranger: { hosts: names({ gate: address.gate }) },
      gate: {
        hosts: names({ ...office, ...behind }),
        accounts: [{ name: 'gate', id: ids.gate, home: '/', shell: '/usr/sbin/nologin' }],
      },
      web: { hosts: names(office), accounts: [deploy] },
      db: { hosts: names(office), accounts: [deploy] },
      office: { hosts: names({ ...office, ...behind }) },
    },
    links: cables.map(([one, other]) => [one, address[one], other, address[other]] as const),
    together,
  })
  const apart = lab.together === undefined
  const { username } = userInfo()
  const local = Object.fromEntries(Object.keys(address).map((name) => [name, '127.0.0.1'])) as Record<Name, string>
  const [gate, web, db, login, ca] = apart
    ? [22, 22, 22, 443, 8443]
    : await Promise.all(Array.from({ length: 5 }, () => freePort()))
  const url = (name: string, port: number): string =>
    apart ? `https://${name}.${DOMAIN}${port === 443 ? '' : `:${port}`}` : `https://localhost:${port}`
  const at = (name: string): string => join(lab.folder, name)
  const trust = trusting(lab.folder)
  const shown = (line: string): string => line.replaceAll(programLine('./'), 'node ').replaceAll(`${lab.folder}/`, '')
  const node = (file: string, args: readonly string[]): string[] => [here('run.mjs'), here(file), ...args]
  const site: Site = {
    ...lab,
    apart,
    at,
    address: apart ? address : local,
    accounts: apart ? { gate: 'gate', host: 'deploy' } : { gate: username, host: username },
    ids,
    ports: { gate: gate!, web: web!, db: db! },
    issuer: url('login', login!),
    authority: url('ca', ca!),
    runFile: (machine, file, args, env) =>
      lab.run(machine, process.execPath, node(file, args), '', { ...trust, ...env }),
    startFile: (machine, file, args, env) =>
      lab.start(machine, process.execPath, node(file, args), { ...trust, ...env }),
    hawser(machine, line, env) {
      typed(`hawser ${shown(line)}`, machine)
      return lab.run(machine, process.execPath, [command, ...words(line)], '', { ...trust, ...env })
    },
    async done(machine, line, env) {
      const ended = await site.hawser(machine, line, env)
      if (ended.code !== 0) throw new Error(`hawser ${line}: ${ended.err}`)
      return ended.out
    },
  }
  return site
}

/** Starts `hawser` at the client, and does not wait for its end. */
export function startHawser(site: Site, line: string, env: Environment = {}): Running {
  return site.start('client', process.execPath, [command, ...words(line)], { ...trusting(site.folder), ...env })
}

/** The certificate of our two servers is its own root. */
function trusting(folder: string): Environment {
  return { NODE_EXTRA_CA_CERTS: join(folder, 'tls.pem'), NODE_NO_WARNINGS: '1', NO_COLOR: '1' }
}

/** The words of a line: apart at blanks, together in single quotes. */
function words(line: string): string[] {
  return (line.match(/(?:[^\s']|'[^']*')+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

/** A program of this folder in one line, as a setting names it. */
export function programLine(file: string, ...args: readonly string[]): string {
  return [process.execPath, here('run.mjs'), here(file), ...args].join(' ')
}
