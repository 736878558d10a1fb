import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStore, oidcAuthenticator } from '../../src/ca/index.ts'
import { checkCertificate } from '../../src/cert/index.ts'
import { allTypes, ecdsaP256, ed25519, generatePrivateKey } from '../../src/keys/index.ts'
import { cryptoKeySigner } from '../../src/signers/index.ts'
import { ADDRESS, AUDIENCE, ask, ISSUER, jwks, makeToken, makeWorld, NOW, userAuthority } from './world.ts'

const { gc, process: platform } = globalThis as {
  gc?: () => void
  process?: { env: Record<string, string | undefined>; memoryUsage(): { heapUsed: number } }
}

/** Octets in use once the garbage is gone; nothing where nobody can be told to collect it (`--expose-gc`). */
function used(): number | undefined {
  if (!gc || !platform) return undefined
  gc()
  gc()
  return platform.memoryUsage().heapUsed
}

describe('an authority under load', () => {
  it('forgets what is over: thousands of requests fit into a store of some hundred entries', async (t) => {
    // HAWSER_CA_REQUESTS=100000 is the long run; with --expose-gc the heap is measured.
    const requests = Number(platform?.env.HAWSER_CA_REQUESTS ?? 1000)
    const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
    let time = NOW
    const world = makeWorld({
      signer: await cryptoKeySigner({ ...pair, types: allTypes }),
      clock: () => time * 1000,
      record: () => {},
      // A proof is remembered for 180 seconds and there is one in each; as many windows of rates as are open besides.
      store: memoryStore({ clock: () => time * 1000, maxEntries: 200 }),
    })
    const token = await makeToken({ exp: NOW + 2 * requests + 1000 })
    const heap: (number | undefined)[] = []
    for (let i = 0; i < requests; i++) {
      time = NOW + i
      // Some are refused: their traces must go as well.
      const accounts = i % 10 === 9 ? ['root'] : ['deploy']
      const { code } = await ask(world, { time, token, accounts })
      assert.equal(code, i % 10 === 9 ? 'forbidden' : 'issued')
      if (i % Math.ceil(requests / 5) === Math.ceil(requests / 5) - 1) heap.push(used())
    }
    const shown = heap.map((octets) => (octets === undefined ? '?' : (octets / 2 ** 20).toFixed(1)))
    t.diagnostic(`${requests} requests; MiB in use: ${shown.join(', ')}`)
    const [first, last] = [heap[0], heap.at(-1)]
    if (first !== undefined && last !== undefined) assert.ok(last < first + 4 * 2 ** 20, shown.join(', '))
  })

  it('forgets tokens and key ids that do not hold', async () => {
    const world = makeWorld({
      store: memoryStore({ clock: () => NOW * 1000, maxEntries: 2 }),
      authenticate: oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks }),
    })
    for (let i = 0; i < 200; i++) {
      const token = await makeToken({ sub: `u-${i}` }, { kid: `k-${i}` })
      assert.equal((await ask(world, { token })).code, 'unauthenticated')
    }
    assert.equal((await ask(world)).code, 'forbidden', 'the store has room: nothing was put there for strangers')
  })

  it('answers 200 requests in flight, each with the certificate of its own key and identity', async () => {
    const world = makeWorld({ rates: { identity: { most: 1000, seconds: 60 } } })
    const keys = await Promise.all(
      Array.from({ length: 20 }, (_, i) => generatePrivateKey(i % 2 ? ed25519 : ecdsaP256)),
    )
    const bob = await makeToken({ email: 'bob@example.com', groups: ['dba'] })
    const all = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const signer = keys[i % keys.length]!
        const who = i % 3
        const remote = `198.51.100.${i % 250}`
        const out = who === 0 ? { token: bob } : who === 1 ? {} : { accounts: ['root'] }
        const { code, certificate } = await ask(world, { ...out, signer, remote })
        if (who === 2) {
          assert.equal(code, 'forbidden')
          return ''
        }
        const facts = await checkCertificate(certificate!, {
          ...{ types: allTypes, kind: 'user', authorities: [userAuthority.publicKey], time: NOW },
          ...{ principal: who === 0 ? 'postgres@db' : 'deploy@web', sourceAddress: remote },
        })
        assert.deepEqual(facts.publicKey.blob, signer.publicKey.blob)
        assert.ok(facts.keyId.startsWith(who === 0 ? 'bob@' : 'alice@'), facts.keyId)
        return String(facts.serial)
      }),
    )
    const serials = all.filter((serial) => serial !== '')
    assert.equal(new Set(serials).size, serials.length)
    assert.equal(world.records.filter(({ outcome }) => outcome === 'issued').length, serials.length)
    assert.equal(world.records.length, 200)
    assert.ok(world.records.every(({ address }) => address !== ADDRESS))
  })
})
