/** An agent as a process of its own: list and sign through its socket with the same client, ours and OpenSSH's. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dist, load } from '../library.mjs'

export const about = { place: 12, everywhere: true }

/** Starts an agent that ends with this process, and waits until it prints where it is. */
async function start(file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => child.kill())
  let text = ''
  await new Promise((done, fail) => {
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part
      if (text.includes('SSH_AUTH_SOCK=')) done()
    })
    child.on('error', fail).on('close', (code) => fail(new Error(`${file} ended with ${code}`)))
  })
  return /SSH_AUTH_SOCK=([^;]+);/.exec(text)[1]
}

export async function rows({ ed25519, rsa3072 }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-agent-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  if (spawnSync('ssh-agent', ['-?']).error) {
    console.error('bench: no rows for agents without ssh-agent (Debian: openssh-client)')
    return []
  }
  const sockets = await Promise.all([
    start(process.execPath, [join(dist, 'cli/main.js'), 'agent', 'serve', '--socket', join(folder, 'ours')]),
    start('ssh-agent', ['-D', '-s', '-a', join(folder, 'theirs')]),
  ])
  const { openAgent } = await load('runtime/node/index.js')
  const { encodeAdd } = await load('agent-protocol/index.js')
  const { parsePrivateKey } = await load('index.js')
  const keys = await Promise.all([ed25519[0], rsa3072[0]].map(({ file }) => parsePrivateKey(file)))
  const [ours, theirs] = await Promise.all(
    sockets.map(async (socket) => {
      const agent = await openAgent({ socket })
      for (const key of keys) await agent.add(encodeAdd(key))
      return agent
    }),
  )
  const data = new Uint8Array(200)
  return [
    ['Ed25519', 0, 'ssh-ed25519'],
    ['RSA-3072', 1, 'rsa-sha2-512'],
  ].map(([title, which, algorithm]) => {
    const turn = (agent) => async () => agent.sign((await agent.list())[which].key, data, { algorithm })
    return {
      name: `agent behind a socket: list and sign, ${title}`,
      ours: turn(ours),
      peers: { 'ssh-agent': turn(theirs) },
      targets: { 'ssh-agent': 1 },
    }
  })
}
