/** The agent protocol without sockets and keys: a list of ten keys and a signature, asked for and answered in memory. */
import ssh2 from 'ssh2'
import { load } from '../library.mjs'

export const about = { place: 11 }

/** Both ends of a connection, which wake each other without a stream between. */
function pipe() {
  const held = []
  let wake
  const deliver = (result) => {
    if (wake) wake(result)
    else held.push(result)
    wake = undefined
  }
  const read = () => (held.length > 0 ? Promise.resolve(held.shift()) : new Promise((done) => (wake = done)))
  return {
    readable: { getReader: () => ({ read, cancel: async () => {} }) },
    writable: {
      getWriter: () => ({
        write: async (value) => deliver({ done: false, value }),
        close: async () => deliver({ done: true }),
        abort: async () => deliver({ done: true }),
      }),
    },
  }
}

export async function rows() {
  const { connectAgent, serveAgent } = await load('agent-protocol/index.js')
  const { ed25519, generatePrivateKey } = await load('keys/index.js')
  const keys = await Promise.all(Array.from({ length: 10 }, () => generatePrivateKey(ed25519)))
  const data = new Uint8Array(200)
  const { blob: signature } = await keys[0].sign(data)
  const identities = keys.map(({ publicKey }) => ({ key: publicKey.blob, comment: 'me@home' }))

  const [there, back] = [pipe(), pipe()]
  const agent = {
    respond: async ({ kind }) =>
      kind === 'list' ? { kind: 'identities', identities } : { kind: 'signature', signature },
  }
  serveAgent({ readable: there.readable, writable: back.writable }, agent)
  const client = connectAgent({ readable: back.readable, writable: there.writable })

  const [asks, answers] = [new ssh2.AgentProtocol(true), new ssh2.AgentProtocol(false)]
  const parsed = identities.map(({ key, comment }) =>
    ssh2.utils.parseKey(`ssh-ed25519 ${Buffer.from(key).toString('base64')} ${comment}`),
  )
  answers.on('identities', (request) => answers.getIdentitiesReply(request, parsed))
  answers.on('sign', (request) => answers.signReply(request, Buffer.from(signature.subarray(-64))))
  asks.pipe(answers).pipe(asks)
  const promised = (start) =>
    new Promise((done, fail) => start((error, result) => (error ? fail(error) : done(result))))

  return [
    {
      name: 'agent: a list of 10 keys and a signature, in memory',
      ours: async () => {
        const [first] = await client.list()
        return client.sign(first.key, data, { algorithm: 'ssh-ed25519' })
      },
      peers: {
        ssh2: async () => {
          const [first] = await promised((done) => asks.getIdentities(done))
          return promised((done) => asks.sign(first, Buffer.from(data), {}, done))
        },
      },
    },
  ]
}
