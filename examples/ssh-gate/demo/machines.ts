/** Four machines to show it on: a client, a gate, a target that only the gate reaches, and the office of the service. */

import { chownSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Lab, makeLab } from '../../lab/namespaces.ts'
import { findTool } from '../../quickstart/sshd.ts'

export type MachineName = 'client' | 'gate' | 'target' | 'office'

export interface Site extends Lab<MachineName> {
  /** Whether each machine has an address of its own. */
  readonly apart: boolean
  /** Addresses: `client` as the gate sees it, `gate` as the client, the target and the office see it. */
  readonly address: Readonly<Record<'client' | 'gate' | 'gateInside' | 'gateManaged' | 'target', string>>
  /** The account of the gate, and the one on the target. */
  readonly accounts: { readonly gate: string; readonly target: string }
  /** Gives a folder or file to the account of the gate. */
  giveToGate(path: string): void
}

const gateId = 64_001
const apartAddress = {
  client: '10.77.1.2',
  gate: '10.77.1.1',
  gateInside: '10.77.2.1',
  gateManaged: '10.77.3.1',
  target: '10.77.2.2',
}

/** Namespaces for root where the system allows it and `together` says no reason against them; else all on 127.0.0.1. */
export function makeSite(together: string | undefined): Site {
  const { client, gate, gateInside, gateManaged, target } = apartAddress
  const lab = makeLab<MachineName>({
    prefix: 'ssh-gate',
    machines: {
      client: {},
      gate: {
        // Names that the gate alone resolves.
        hosts: { 'web-1': target, 'db-1': target },
        accounts: [{ name: 'gate', id: gateId, shell: findTool('nologin') ?? '/bin/false' }],
      },
      target: { accounts: [{ name: 'deploy', id: 64_002, home: '/', shell: '/bin/sh' }] },
      office: {},
    },
    links: [
      ['client', client, 'gate', gate],
      ['target', target, 'gate', gateInside],
      ['office', '10.77.3.2', 'gate', gateManaged],
    ],
    together,
  })
  const apart = lab.together === undefined
  const here = '127.0.0.1'
  const { username } = userInfo()
  return {
    ...lab,
    apart,
    address: apart ? apartAddress : { client: here, gate: here, gateInside: here, gateManaged: here, target: here },
    accounts: apart ? { gate: 'gate', target: 'deploy' } : { gate: username, target: username },
    giveToGate(path) {
      if (apart) chownSync(path, gateId, gateId)
    },
  }
}
