/** A real sshd on a machine of the lab, and what it needs: a port, a host key. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { formatPrivateKey, formatPublicKey, generateKey } from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { type Lab, needTool, type Running, said } from './namespaces.ts'

/** A port that nobody has now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))))
    })
  })
}

/** A new host key; gives its path, the public line stands in `.pub`. */
export async function newHostKey(folder: string, name: string): Promise<string> {
  const path = join(folder, `${name}_host_key`)
  const key = await generateKey()
  await writeFileAtomic(path, await formatPrivateKey(key))
  writeFileSync(`${path}.pub`, formatPublicKey(key.publicKey))
  return path
}

/** Starts sshd with a configuration in front of which stands what belongs to this machine. */
export async function startSshd<Name extends string>(
  lab: Lab<Name>,
  machine: Name,
  hostKey: string,
  listen: readonly string[],
  config: string,
): Promise<Running> {
  mkdirSync(join(lab.folder, 'etc'), { recursive: true })
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const path = join(lab.folder, 'etc', `sshd_config.${machine}`)
  const own = [
    ...listen.map((address) => `ListenAddress ${address}`),
    `HostKey ${hostKey}`,
    'PidFile none',
    'LogLevel VERBOSE',
    // A folder in /tmp is one that others may write, to sshd.
    ...(lab.together === undefined ? [] : ['StrictModes no']),
  ]
  // Since OpenSSH 9.8 an address that was refused a few times is shut out for a while, as it should; not in here.
  for (const more of [['PerSourcePenalties no'], []]) {
    writeFileSync(path, [...own, ...more, config].join('\n'))
    const judged = await lab.run(machine, needTool('sshd'), ['-t', '-f', path])
    if (judged.code === 0) break
    if (more.length === 0) throw new Error(`sshd does not take its configuration:\n${judged.err}`)
  }
  const running = lab.start(machine, needTool('sshd'), ['-D', '-e', '-f', path])
  for (const address of listen) await said(running, new RegExp(`listening on .*${address.split(':').at(-1)}`))
  return running
}
