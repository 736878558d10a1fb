import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { allTypes, ed25519, type PrivateKey } from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { toHex, utf8 } from '../support/bytes.ts'
import { failure, privateKey } from '../support/keys.ts'
import { oneOfEach } from '../support/vectors.ts'

/** The secret components of a key. */
function secrets(key: PrivateKey): Uint8Array[] {
  return key.keyType.privateFields.filter((field) => field.secret).map((field) => key.exposeComponents()[field.name]!)
}

describe('PrivateKey', () => {
  it('marks as secret all that is not in the public half', () => {
    for (const type of allTypes) {
      const shown = new Set(type.publicFields.map((field) => field.name))
      for (const field of type.privateFields) {
        assert.equal(field.secret === true, !shown.has(field.name), `${type.name} ${field.name}`)
      }
    }
  })

  for (const name of oneOfEach) {
    it(`${name}: wipe overwrites every secret and ends its use`, async () => {
      const key = await privateKey(name)
      const bytes = secrets(key)
      assert.ok(bytes.length > 0 && bytes.every((secret) => secret.some((octet) => octet !== 0)))
      await key.sign(utf8('before'))
      key.wipe()
      assert.ok(bytes.every((secret) => secret.every((octet) => octet === 0)))
      assert.throws(() => key.exposeComponents(), { name: 'SignerError', code: 'wiped' })
      await assert.rejects(key.sign(utf8('after')), { name: 'SignerError', code: 'wiped' })
      // The public half stays, and wiping twice does no harm.
      assert.equal(key.publicKey.type, key.type)
      key.wipe()
    })

    it(`${name}: shows no secret when it is inspected, printed or made JSON`, async () => {
      const key = await privateKey(name)
      const shown = [
        inspect(key),
        inspect(key, { depth: 10, showHidden: true }),
        inspect({ inside: [key] }, { depth: 10 }),
        JSON.stringify(key),
        JSON.stringify({ key }),
        String(key),
        `${Object.entries(key)}`,
      ].join('\n')
      for (const secret of secrets(key)) {
        assert.ok(!shown.includes(toHex(secret)))
        assert.ok(!shown.includes(encodeBase64(secret).replace(/=+$/, '').slice(0, -1)))
        assert.ok(!shown.replace(/\s/g, '').includes(Array.from(secret.subarray(0, 8)).join(',')))
      }
      assert.match(inspect(key), /redacted/)
      assert.deepEqual(JSON.parse(JSON.stringify(key)), {
        type: key.type,
        publicKey: encodeBase64(key.publicKey.blob),
        comment: key.comment,
        secrets: '[redacted]',
      })
    })
  }

  it('Symbol.dispose wipes it, where the runtime has that symbol', async () => {
    const symbol = (Symbol as { dispose?: symbol }).dispose
    if (!symbol) return
    const key = await privateKey('ed25519')
    const dispose = (key as unknown as Record<symbol, () => void>)[symbol]
    assert.ok(dispose)
    dispose.call(key)
    assert.throws(() => key.exposeComponents(), { code: 'wiped' })
  })

  it('a key that is wiped while it gets ready to sign signs nothing', async () => {
    const key = await privateKey('ed25519')
    const pending = failure(() => key.sign(utf8('x')))
    key.wipe()
    assert.equal(((await pending) as { code: string }).code, 'wiped')
  })

  it('names its algorithms, the legacy ones last', async () => {
    assert.deepEqual((await privateKey('rsa2048')).algorithms, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'])
    assert.deepEqual((await privateKey('ed25519')).algorithms, ['ssh-ed25519'])
    assert.deepEqual((await privateKey('ecdsa521')).algorithms, ['ecdsa-sha2-nistp521'])
    assert.equal((await privateKey('ed25519')).keyType, ed25519)
  })

  it('refuses an algorithm that it has not, and escapes its name', async () => {
    const key = await privateKey('ed25519')
    await assert.rejects(key.sign(utf8('x'), { algorithm: 'rsa-sha2-256' }), {
      name: 'UnsupportedError',
      code: 'unsupported-algorithm',
    })
    const error = (await failure(() => key.sign(utf8('x'), { algorithm: '\x1b[31m' }))) as Error
    assert.ok(!error.message.includes('\x1b'))
  })

  it('an aborted signal rejects with its reason', async () => {
    const key = await privateKey('ed25519')
    const reason = new Error('enough')
    assert.equal(await failure(() => key.sign(utf8('x'), { signal: AbortSignal.abort(reason) })), reason)
    const late = new AbortController()
    const pending = failure(() => key.sign(utf8('x'), { signal: late.signal }))
    late.abort(reason)
    assert.equal(await pending, reason)
  })
})
