import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatPublicKey, parsePublicKey } from '../../src/formats/index.ts'
import { raw } from '../../src/formats/raw.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { decodeBase64 } from '../../src/wire/base64.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { oneOfEach } from '../support/vectors.ts'

const formats = [raw]
const parse = (input: string | Uint8Array) => parsePublicKey(input, { formats, types })

for (const name of oneOfEach) {
  it(`${name}: as octets, and written as base64`, () => {
    const key = { ...publicKey(name), comment: '' }
    const octets = raw.encode!(key, { types })
    assert.deepEqual(parse(octets), key)
    assert.notEqual(octets.buffer, key.blob.buffer)
    const text = formatPublicKey(key, { formats, types })
    assert.deepEqual(decodeBase64(text.trimEnd()), key.blob)
    assert.throws(() => parse(text), { code: 'unknown-format' })
  })
}

it('refuses what is no blob, or no good one', () => {
  const { blob } = publicKey('ed25519')
  const code = (input: string | Uint8Array, expected: string) => assert.throws(() => parse(input), { code: expected })
  code(blob.subarray(0, 40), 'truncated')
  code(Uint8Array.of(...blob, 0), 'trailing-bytes')
  code(blob.subarray(0, 15), 'truncated')
  code('hello', 'unknown-format')
  code(blobOf('ssh-ed25519-cert-v01@openssh.com', 'x'), 'is-certificate')
  assert.equal(parse(blobOf('unknown@example', 'x')).type, 'unknown@example')
})
