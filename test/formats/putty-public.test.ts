import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allPublicFormats, formatPublicKey, parsePrivateKey, parsePublicKey } from '../../src/formats/index.ts'
import { ppk3 } from '../../src/formats/ppk.ts'
import { puttyPublic } from '../../src/formats/putty-public.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { opaquePublicKey } from '../../src/keys/public-key.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { puttyText } from '../support/putty.ts'
import { oneOfEach } from '../support/vectors.ts'

const formats = [puttyPublic]

describe("PuTTY's public lines", () => {
  for (const name of oneOfEach) {
    it(`${name}: written and read`, () => {
      const text = formatPublicKey(publicKey(name), { formats, types })
      assert.match(text, /^PuTTY-User-Key-File-2: [!-~]+\r\nEncryption: none\r\n/)
      assert.deepEqual(parsePublicKey(text, { formats, types }), publicKey(name))
    })
  }

  it('are the head of what puttygen writes', () => {
    const head = puttyText('ed25519-v2.ppk').replace(/Private-Lines[\s\S]*/, '')
    const key = parsePublicKey(head, { formats, types })
    assert.equal(formatPublicKey(key, { formats, types }).replaceAll('\r', ''), head)
  })

  it('say what they are where a private key is expected, and the reverse', async () => {
    const text = formatPublicKey(publicKey('ed25519'), { formats, types })
    await assert.rejects(parsePrivateKey(text.replace('File-2', 'File-3'), { formats: [ppk3], types }), {
      code: 'is-public-key',
    })
    assert.throws(() => parsePublicKey(puttyText('ed25519-v3.ppk'), { formats, types }), { code: 'is-private-key' })
    assert.throws(() => parsePublicKey(puttyText('ed25519-v3-enc.ppk'), { formats, types }), { code: 'is-private-key' })
  })

  it('with a comment that looks like base64 are no line of OpenSSH', () => {
    const key = parsePublicKey(formatPublicKey(publicKey('ed25519'), { formats, types }), { formats, types })
    const text = formatPublicKey(key, { formats, types, comment: 'AAAA' })
    assert.equal(parsePublicKey(text, { formats: allPublicFormats, types }).comment, 'AAAA')
  })

  it('carry no type that PuTTY does not know', () => {
    const key = opaquePublicKey(blobOf('sk-ssh-ed25519@openssh.com', new Uint8Array(32), 'ssh:'))
    assert.throws(() => formatPublicKey(key, { formats, types }), { code: 'unsupported-type' })
  })
})
