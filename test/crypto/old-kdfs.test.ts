import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evpBytesToKey } from '../../src/crypto/evp-bytes-to-key.ts'
import { pbkdf1, pkcs12Kdf } from '../../src/crypto/pbes1-kdf.ts'
import { hex, toHex, utf8 } from '../support/bytes.ts'

const EVP = 'c9e5a1bd216dbe1317e230cef48f38ee7f0e17ad64022144bccec4a1aa2879abe24b32bbbc4ef02ecbcb6576523ad893'
/** The standard's algorithm in Python, over UTF-16. */
const EMOJI = '7f0c97765cb53ebb5429daeb056c3f8750fa6d4949937d8a'

describe('EVP_BytesToKey', () => {
  it('gives the octets of `openssl enc -aes-256-cbc -md md5 -P -S 0102030405060708 -pass pass:secret`', () => {
    assert.equal(toHex(evpBytesToKey(utf8('secret'), hex('0102030405060708'), 48)), EVP)
    assert.equal(toHex(evpBytesToKey(utf8('secret'), hex('0102030405060708'), 24)), EVP.slice(0, 48))
  })
})

describe('the key derivations of PBES1', () => {
  it('PBKDF1: the hash of passphrase and salt, over and over', async () => {
    // The example of PKCS #5 v1.5 in many manuals: SHA-1, "password", 1000 rounds.
    const derived = await pbkdf1('sha1', utf8('password'), hex('78578e5a5d63cb06'), 1000)
    assert.equal(toHex(derived), 'dc19847e05c64d2faf10ebfb4a3d2a20')
    assert.equal((await pbkdf1('md5', utf8('password'), hex('78578e5a5d63cb06'), 1)).length, 16)
  })

  it('PKCS #12: the vectors that OpenSSL and Bouncy Castle share', async () => {
    const cases = [
      ['key', 'smeg', '0a58cf64530d823f', 1, 24, '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3'],
      ['iv', 'smeg', '0a58cf64530d823f', 1, 8, '79993dfe048d3b76'],
      ['key', 'queeg', '05dec959acff72f7', 1000, 24, 'ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4'],
      ['iv', 'queeg', '05dec959acff72f7', 1000, 8, '11dedad7758d4860'],
    ] as const
    for (const [purpose, passphrase, salt, rounds, length, expected] of cases) {
      assert.equal(toHex(await pkcs12Kdf(purpose, utf8(passphrase), hex(salt), rounds, length)), expected)
    }
  })

  it('PKCS #12 takes characters outside of ASCII and of the first plane, and octets that are no UTF-8', async () => {
    const derive = async (octets: Uint8Array): Promise<string> =>
      toHex(await pkcs12Kdf('key', octets, hex('0102'), 1, 24))
    const all = await Promise.all([utf8('🔑'), utf8('é€'), hex('e9'), hex('c3a9'), hex('c328')].map(derive))
    assert.equal(new Set(all).size, 4)
    assert.equal(all[2], all[3])
    assert.equal(all[0], EMOJI)
  })

  it('let the event loop run, and stop when they are aborted', async () => {
    const reason = new Error('enough')
    const limited = (): { signal: AbortSignal } => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(reason), 20)
      return { signal: controller.signal }
    }
    await assert.rejects(pbkdf1('md5', utf8('p'), hex('01'), 100_000_000, limited()), reason)
    await assert.rejects(pkcs12Kdf('key', utf8('p'), hex('01'), 100_000_000, 20, limited()), reason)
  })
})
