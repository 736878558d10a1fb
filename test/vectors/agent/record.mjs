/**
 * Stands between clients and an agent, and prints what they say to each other: `make-agent.sh` calls it.
 *
 *   record.mjs AGENT-SOCKET COMMAND…     each COMMAND is run by the shell, with a socket of ours in SSH_AUTH_SOCK
 *
 * The result is JSON: for each command its text, its exit code, and the frames in hexadecimal, request and answer.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import net from 'node:net'

const [agent, ...commands] = process.argv.slice(2)
const socket = `${agent}.record`
let exchanges = []

/** Calls `each` with the hexadecimal of every whole frame. */
function frames(stream, each) {
  let held = Buffer.alloc(0)
  stream.on('data', (piece) => {
    held = Buffer.concat([held, piece])
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0)
      each(held.subarray(0, end).toString('hex'))
      held = held.subarray(end)
    }
  })
}

const server = net.createServer((client) => {
  const upstream = net.connect(agent)
  const waiting = []
  frames(client, (request) => {
    const exchange = [request, null]
    waiting.push(exchange)
    exchanges.push(exchange)
  })
  frames(upstream, (answer) => {
    waiting.shift()[1] = answer
  })
  client.pipe(upstream).pipe(client)
  for (const end of [client, upstream]) end.on('error', () => {})
})

const shell = (command) =>
  new Promise((done) => {
    const child = spawn('sh', ['-c', command], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: ['ignore', 2, 2],
    })
    child.on('close', done)
  })

server.listen(socket, async () => {
  const steps = []
  for (const command of commands) {
    exchanges = []
    const exit = await shell(command)
    steps.push(JSON.stringify({ command, exit, exchanges }))
  }
  process.stdout.write(`[\n${steps.join(',\n')}\n]\n`)
  server.close()
  rmSync(socket, { force: true })
  process.exit()
})
