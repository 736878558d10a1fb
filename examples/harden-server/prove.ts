/** Proofs: each a new connection, made from here. */

import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, credentials, methodsFor, runScript, ssh, userOf } from './ssh.ts'
import type { Proof, Way } from './step.ts'

const nameOf = (connection: Connection, { port, ...way }: Way): string =>
  `${userOf(connection, { port, ...way })} at port ${port}`

export interface Proved {
  readonly holds: boolean
  readonly says: string
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** Looks for one proof. */
export async function prove(connection: Connection, proof: Proof): Promise<Proved> {
  if (proof.expect === 'in') {
    const { code, out, err } = await runScript(connection, proof.way, 'id -un', proof.root)
    const user = userOf(connection, proof.way)
    const expected = proof.root ? 'root' : user
    const holds = code === 0 && out.trim() === expected
    const says = `login of ${nameOf(connection, proof.way)}${proof.root && expected !== user ? ', root by sudo' : ''}`
    return { holds, says: holds ? says : `${says}: ${lastLine(err) || `exit code ${code}`}` }
  }
  if (proof.expect === 'keys-only') {
    const methods = await methodsFor(connection, proof.user, proof.port)
    return {
      holds: methods?.join() === 'publickey',
      says: `${proof.user} at port ${proof.port} may try: ${methods?.join(', ') ?? 'no answer'}`,
    }
  }
  if (proof.expect === 'refused') {
    const { way } = proof
    const { code, err } = await ssh(connection, userOf(connection, way), way.port, credentials(connection, way), 'true')
    const holds = code === 255 && /Permission denied/.test(err)
    return { holds, says: `${nameOf(connection, way)}, as before: ${lastLine(err) || `exit code ${code}`}` }
  }
  const { wishes } = connection
  const { code, err } = await ssh(connection, wishes.admin, proof.port, ['BatchMode=yes', 'ConnectTimeout=8'], 'true')
  const holds = code === 255 && /timed out|refused/i.test(err)
  return { holds, says: `port ${proof.port}: ${lastLine(err) || `exit code ${code}`}` }
}

/** What a server says that is about to start anew; who waits for an answer has waited long enough. */
export const isAway = (text: string): boolean => /Connection (?:refused|reset|closed)/.test(text)

/** All of them; the first one that does not hold ends it. A server that has just moved gets a moment. */
export async function proveAll(connection: Connection, proofs: readonly Proof[], say: (line: string) => void) {
  for (const proof of proofs) {
    let proved = await prove(connection, proof)
    for (let attempt = 1; !proved.holds && attempt <= 2 && !/timed out/.test(proved.says); attempt++) {
      await delay(300)
      proved = await prove(connection, proof)
    }
    if (!proved.holds) return proved
    say(`proved: ${proved.says}`)
  }
  return undefined
}

/** The first way by which one gets in as root; `ports` are those at which an SSH server answers. */
export async function openWay(connection: Connection, ports: readonly number[]): Promise<Way | undefined> {
  const { port, oldPort, login, admin } = connection.wishes
  const ways: Way[] = [
    { as: 'admin', port },
    ...(oldPort === port ? [] : [{ as: 'admin', port: oldPort } as const]),
    ...(login === admin ? [] : [{ as: 'login', port: oldPort } as const]),
    ...(login === admin || oldPort === port ? [] : [{ as: 'login', port } as const]),
  ]
  for (const way of ways) {
    if (ports.includes(way.port) && (await prove(connection, { expect: 'in', way, root: true })).holds) return way
  }
  return undefined
}
