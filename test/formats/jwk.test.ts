import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SshError } from '../../src/errors.ts'
import {
  formatPrivateKey,
  formatPublicKey,
  inspectPrivateKey,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/formats/index.ts'
import { jwkPrivate, jwkPublic } from '../../src/formats/jwk.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { opaquePublicKey } from '../../src/keys/public-key.ts'
import { flipped, utf8 } from '../support/bytes.ts'
import { blobOf, privateKey, publicKey } from '../support/keys.ts'
import { oneOfEach } from '../support/vectors.ts'

type Json = Record<string, unknown>
const text = (value: unknown) => JSON.stringify(value)
const openPrivate = (value: unknown) => parsePrivateKey(text(value), { types, formats: [jwkPrivate] })
const openPublic = (value: unknown) => parsePublicKey(text(value), { types, formats: [jwkPublic] })
const write = async (name: string): Promise<Json> =>
  JSON.parse(await formatPrivateKey(await privateKey(name), { formats: [jwkPrivate] }))
const without = (jwk: Json, ...members: string[]): Json =>
  Object.fromEntries(Object.entries(jwk).filter(([member]) => !members.includes(member)))

// RFC 8037 appendix A.1, RFC 7517 appendix A.2.
const okp = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwaaPJHURo0',
}
const okpX = { ...okp, x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwuaaPJHURo' }
const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
  use: 'enc',
  kid: '1',
}

describe('JWK', () => {
  for (const name of oneOfEach) {
    it(`${name}: written and read, private and public`, async () => {
      const key = await privateKey(name)
      const jwk = await write(name)
      const again = await openPrivate(jwk)
      assert.deepEqual(again.exposeComponents(), key.exposeComponents())
      assert.deepEqual(again.publicKey.blob, key.publicKey.blob)
      const shown = JSON.parse(formatPublicKey(publicKey(name), { formats: [jwkPublic], types }))
      assert.deepEqual(shown, without(jwk, 'd', 'p', 'q', 'dp', 'dq', 'qi'))
      assert.deepEqual(openPublic(shown).blob, key.publicKey.blob)
      const facts = inspectPrivateKey(text(jwk), { types, formats: [jwkPrivate] })
      assert.deepEqual(facts, { format: 'jwk', encrypted: null, publicKey: { ...key.publicKey, comment: '' } })
    })
  }

  it('reads the keys of the RFCs', async () => {
    assert.equal((await openPrivate(ec)).type, 'ecdsa-sha2-nistp256')
    await assert.rejects(openPrivate(okp), { code: 'key-mismatch' })
  })

  it('leaves other members alone, and takes bytes, a byte order mark and white space', async () => {
    const jwk = { ...(await write('ed25519')), alg: 'EdDSA', use: 'sig', key_ops: ['sign'], kid: 'x', ext: true, n: 1 }
    await openPrivate(jwk)
    for (const input of [`\ufeff${JSON.stringify(jwk, null, 2)}`, utf8(`\r\n ${text(jwk)}\n`)]) {
      await parsePrivateKey(input, { types, formats: [jwkPrivate] })
    }
  })

  it('says so where a public one is expected, and the reverse', async () => {
    for (const name of oneOfEach) {
      const jwk = await write(name)
      assert.throws(() => openPublic(jwk), { code: 'is-private-key' })
      const open = openPrivate(without(jwk, 'd', 'p', 'q', 'dp', 'dq', 'qi'))
      await assert.rejects(open, { code: 'is-public-key' })
    }
  })

  it('compares what is there twice', async () => {
    const jwk = await write('rsa2048')
    for (const member of ['dp', 'dq', 'qi', 'd', 'n']) {
      const value = String(jwk[member])
      const other = value.slice(0, 5) + (value[5] === 'A' ? 'B' : 'A') + value.slice(6)
      await assert.rejects(openPrivate({ ...jwk, [member]: other }), { code: 'key-mismatch' }, member)
    }
    await assert.rejects(openPrivate(okpX), (error: SshError) => error.code === 'key-mismatch')
  })

  it('asks for fixed widths and minimal integers', async () => {
    const padded = (value: unknown) => btoa(`\0${atob(String(value).replaceAll('-', '+').replaceAll('_', '/'))}`)
    const url = (value: string) => value.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    const cases = [
      ['ed25519', ['x', 'd']],
      ['ecdsa521', ['x', 'y', 'd']],
      ['rsa2048', ['n', 'e', 'd', 'p', 'q', 'qi']],
    ] as const
    for (const [name, members] of cases) {
      const jwk = await write(name)
      for (const member of members) {
        const value = url(padded(jwk[member]))
        await assert.rejects(openPrivate({ ...jwk, [member]: value }), SshError, `${name} ${member}`)
        if (name !== 'rsa2048') {
          const short = url(btoa(atob(String(jwk[member]).replaceAll('-', '+').replaceAll('_', '/')).slice(1)))
          await assert.rejects(openPrivate({ ...jwk, [member]: short }), { code: 'bad-value' }, `${name} ${member}`)
        }
      }
    }
  })

  it('asks for base64url without padding', async () => {
    const jwk = await write('ed25519')
    for (const d of [`${jwk.d}=`, `${String(jwk.d).slice(0, -1)}+`, `${String(jwk.d).slice(0, -1)} `, 'A', 5, null]) {
      await assert.rejects(openPrivate({ ...jwk, d }), SshError)
    }
  })

  it('refuses by name', async () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ kty: 'oct', k: 'AAAA' }, /"oct"/],
      [{ kty: 'OKP', crv: 'Ed448', x: 'AA', d: 'AA' }, /"Ed448"/],
      [{ kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', d: 'AA' }, /"secp256k1"/],
      [{ ...(await write('rsa2048')), oth: [] }, /more than two primes/],
      [{ keys: [okp] }, /JWK Set/],
      [without(ec, 'y'), /"y"/],
      [{ kty: 5 }, /"kty"/],
    ]
    for (const [jwk, message] of cases) {
      await assert.rejects(openPrivate(jwk), (error) => error instanceof SshError && message.test(error.message))
    }
    await assert.rejects(openPrivate(without(await write('rsa2048'), 'p')), { code: 'bad-value' })
    const none = opaquePublicKey(blobOf('unknown@example', 'x'))
    assert.throws(() => formatPublicKey(none, { formats: [jwkPublic], types }), { code: 'unsupported-type' })
    const plain = formatPrivateKey(await privateKey('ed25519'), { formats: [jwkPrivate], passphrase: 'x' })
    await assert.rejects(plain, { code: 'unsupported-cipher' })
  })

  it('shows nothing of a private key in an error', async () => {
    const broken = `${JSON.stringify(ec).slice(0, -1)},`
    const error = await parsePrivateKey(broken, { types, formats: [jwkPrivate] }).catch((e: unknown) => e)
    assert.ok(error instanceof SshError && error.code === 'bad-encoding' && error.cause === undefined)
    assert.ok(!error.message.includes('870MB6'))
  })

  it('survives cuts at every octet and turns of every bit', async () => {
    const original = utf8(text(await write('ed25519')))
    for (let i = 0; i < original.length * 9; i++) {
      const input = i < original.length ? original.subarray(0, i) : flipped(original, i - original.length)
      await parsePrivateKey(input, { types, formats: [jwkPrivate] }).catch((error: unknown) => {
        if (!(error instanceof SshError)) throw error
      })
    }
  })
})
