/**
 * The one table of what each runtime lacks. A probe asks the runtime itself, and the suite fails where the two disagree,
 * either way: a gap that closes is news, as one that opens. Cases that need what is lacking are counted, not run.
 *
 * No case of the library's own verdicts needs any of these: only those do that are about the capability itself.
 */
import { hex } from '../support/bytes.ts'

/** The runtimes, in the order of the table. */
export const runtimes = [
  'node20',
  'node22',
  'node24',
  'node26',
  'deno',
  'bun',
  'workerd',
  'chromium',
  'firefox',
] as const
export type Runtime = (typeof runtimes)[number]

interface Row {
  readonly lacks: readonly Runtime[]
  /** Whether this runtime has it. What throws has it not. */
  probe(): Promise<boolean>
}

const without = (...has: readonly Runtime[]): readonly Runtime[] => runtimes.filter((name) => !has.includes(name))
// Of algorithms that the declarations of the DOM do not know.
const subtle = (): Record<string, (...given: unknown[]) => Promise<never>> => crypto.subtle as never

const rows = {
  'crypto.subtle': {
    lacks: [],
    probe: async () => typeof crypto.subtle.importKey === 'function',
  },
  'Symbol.dispose': {
    lacks: [],
    probe: async () => typeof (Symbol as { dispose?: symbol }).dispose === 'symbol',
  },
  'AES-192 in WebCrypto': {
    lacks: ['chromium'],
    async probe() {
      const key = await subtle().importKey!('raw', new Uint8Array(24), 'AES-CBC', false, ['encrypt'])
      return (
        (await subtle().encrypt!({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, new Uint8Array(1))) !== undefined
      )
    },
  },
  'MD5 in WebCrypto': {
    lacks: without('workerd'),
    probe: async () => (await subtle().digest!('MD5', new Uint8Array(1))) !== undefined,
  },
  'Argon2id in WebCrypto': {
    lacks: without('node24', 'node26', 'deno'),
    async probe() {
      const key = await subtle().importKey!('raw-secret', new Uint8Array(8), 'Argon2id', false, ['deriveBits'])
      const parameters = { name: 'Argon2id', nonce: new Uint8Array(16), parallelism: 1, memory: 8, passes: 1 }
      return (await subtle().deriveBits!(parameters, key, 256)) !== undefined
    },
  },
  'ML-DSA-44 in WebCrypto': {
    lacks: ['node20', 'node22', 'workerd', 'firefox'],
    async probe() {
      const seed = new Uint8Array(32)
      const key = await subtle().importKey!('raw-seed', seed, 'ML-DSA-44', false, ['sign'])
      return (await subtle().sign!('ML-DSA-44', key, new Uint8Array(1))) !== undefined
    },
  },
  'context of ML-DSA-44 in WebCrypto': {
    // Deno 2.9 signs as if there were none. Who reads the context may still do something else with it: a case says so.
    lacks: ['node20', 'node22', 'deno', 'workerd', 'firefox'],
    async probe() {
      let asked = false
      const parameters = {
        name: 'ML-DSA-44',
        get context() {
          asked = true
          return new Uint8Array(1)
        },
      }
      const key = await subtle().importKey!('raw-seed', new Uint8Array(32), 'ML-DSA-44', false, ['sign'])
      await subtle().sign!(parameters, key, new Uint8Array(1))
      return asked
    },
  },
  'RSA of 8192 bits in WebCrypto': {
    // Deno 2.9 imports such keys, but verifies up to 4096 bits.
    lacks: ['deno'],
    async probe() {
      const n = `${'_'.repeat(1365)}w`
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      const key = await subtle().importKey!('jwk', { kty: 'RSA', n, e: 'AQAB' }, algorithm, false, ['verify'])
      return (await subtle().verify!(algorithm, key, new Uint8Array(1024), new Uint8Array(1))) === false
    },
  },
  'small order refused by Ed25519 of WebCrypto': {
    lacks: without('node24', 'node26'),
    async probe() {
      const identity = hex('01'.padEnd(64, '0'))
      const signature = hex('01'.padEnd(128, '0'))
      const key = await subtle().importKey!('raw', identity, 'Ed25519', false, ['verify'])
      return !(await subtle().verify!('Ed25519', key, signature, new Uint8Array(1)))
    },
  },
  'structuredClone of a CryptoKey': {
    lacks: ['workerd'],
    async probe() {
      const key = await subtle().importKey!('raw', new Uint8Array(32), 'Ed25519', false, ['verify'])
      return structuredClone(key) !== undefined
    },
  },
  'body of a Request as a stream': {
    lacks: ['firefox'],
    async probe() {
      const { body } = new Request('https://host.example', { method: 'POST', body: 'x' })
      return typeof body?.getReader === 'function'
    },
  },
  IndexedDB: {
    lacks: without('chromium', 'firefox'),
    probe: async () => typeof indexedDB === 'object',
  },
  'sockets of Unix': {
    lacks: ['workerd', 'chromium', 'firefox'],
    async probe() {
      // Not literals, so that no bundler looks for them. workerd has the modules, but nothing behind them.
      const [net, os] = await Promise.all(['net', 'os'].map((name) => import(['node', name].join(':'))))
      const server = net.createServer()
      const path = `${os.tmpdir()}/hawser-probe-${Math.random()}`
      await new Promise((resolve, reject) => server.once('error', reject).listen(path, resolve))
      await new Promise((resolve) => server.close(resolve))
      return true
    },
  },
} satisfies Readonly<Record<string, Row>>

/** Name of a row. */
export type Capability = keyof typeof rows

/** The table. */
export const gaps: Readonly<Record<Capability, Row>> = rows

/** What this runtime has, asked from it. */
export async function probeAll(): Promise<Readonly<Record<Capability, boolean>>> {
  const found: Record<string, boolean> = {}
  for (const [name, { probe }] of Object.entries(gaps)) {
    found[name] = await Promise.resolve()
      .then(probe)
      .catch(() => false)
  }
  return found as Record<Capability, boolean>
}
