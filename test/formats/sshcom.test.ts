import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '../../src/crypto/index.ts'
import { SshError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { formatPrivateKey, inspectPrivateKey, parsePrivateKey } from '../../src/formats/index.ts'
import { sshcom } from '../../src/formats/sshcom.ts'
import { allTypes, ed25519, type KeyType } from '../../src/keys/index.ts'
import { dss } from '../../src/keys/types/dss.ts'
import { flipped } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import { putty, puttyFile, puttyText } from '../support/putty.ts'

const types: readonly KeyType[] = [...allTypes.filter((type) => type.name !== dss.name), dss]
const formats = [sshcom]
const { passphrase } = putty
const parse = (input: string | Uint8Array, word: string | undefined = passphrase) =>
  parsePrivateKey(input, { types, formats, passphrase: word })

describe("ssh.com's private keys", () => {
  for (const entry of putty.files.filter(({ format }) => format === 'sshcom')) {
    it(`${entry.file}: the key that puttygen says`, async () => {
      const key = await parse(puttyFile(entry.file))
      assert.deepEqual([key.type, key.comment], [entry.type, entry.comment])
      assert.equal(fingerprint(key, { hash: sha256 }), entry.sha256)
      const facts = inspectPrivateKey(puttyFile(entry.file), { types, formats })
      const encrypted = entry.encrypted ? { cipher: '3des-cbc', kdf: 'MD5', rounds: 1 } : null
      assert.deepEqual(facts, { format: 'sshcom', encrypted, publicKey: undefined })
    })
    if (!entry.encrypted) continue
    it(`${entry.file}: wrong and missing passphrases are told apart`, async () => {
      for (const word of ['wrong', 'other', 'x']) {
        await assert.rejects(parse(puttyFile(entry.file), word), { code: 'passphrase-wrong' })
      }
      await assert.rejects(parse(puttyFile(entry.file), ''), { code: 'passphrase-required' })
    })
  }

  it('are not written', async () => {
    const key = await privateKey('ed25519')
    await assert.rejects(formatPrivateKey(key, { formats }), { code: 'unsupported-format' })
  })

  it('need their type', async () => {
    const none = parsePrivateKey(puttyFile('rsa1024.sshcom'), { types: [ed25519], formats })
    await assert.rejects(none, { code: 'unsupported-type' })
  })

  it('take CRLF', async () => {
    await parse(puttyText('rsa1024.sshcom').replaceAll('\n', '\r\n'))
  })

  it('survive cuts at every octet and turns of every bit', async () => {
    const original = puttyFile('dsa1024.sshcom')
    const key = await parse(original)
    const from = original.indexOf(10) + 1
    for (let i = 0; i < original.length + 1200; i++) {
      const input =
        i < original.length ? original.subarray(0, i) : flipped(original, from * 8 + (i - original.length) * 3)
      try {
        const { publicKey } = await parse(input)
        // Without a MAC, what still loads has its comment changed, or is the same.
        assert.deepEqual(publicKey.blob, key.publicKey.blob)
      } catch (error) {
        if (!(error instanceof SshError)) throw error
      }
    }
  })
})
