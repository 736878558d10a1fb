import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  createKrl,
  formatKrl,
  formatPublicKey,
  generateKey,
  type Identified,
  identify,
  SshError,
  signMessage,
} from '../../src/index.ts'
import { textArtifact } from '../../src/root/text-artifact.ts'

const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('text files are told by their lines', () => {
  const rows: readonly (readonly [string, Identified['artifact'], guessed: boolean, entries: number])[] = [
    [`${line}\n${line} b\n`, 'authorized-keys', false, 2],
    [`# mine\n\nno-pty,command="a b" ${line} me\n`, 'authorized-keys', false, 1],
    [`cert-authority,principals="a" ${line}`, 'authorized-keys', false, 1],
    [`@cert-authority *.example.com ${line}\n`, 'known-hosts', false, 1],
    [`@revoked * ${line}\n`, 'known-hosts', false, 1],
    [`|1|FhOFMlGe/fyWgut2OmGnzzru8o0=|SYoLE5g8EMUI5sS6kxOYfgqIEYg= ${line}\n`, 'known-hosts', false, 1],
    [`[gate]:2222 ${line}\n`, 'known-hosts', false, 1],
    [`gate,192.0.2.1 ${line}\n`, 'known-hosts', true, 1],
    [`gate ${line}\n[gate]:2222 ${line}\n`, 'known-hosts', false, 2],
    [`me@example.com ${line}\n`, 'allowed-signers', false, 1],
    [`gate ${line}\nme@example.com ${line}\n`, 'allowed-signers', false, 2],
    [`* namespaces="git" ${line}\n`, 'allowed-signers', false, 1],
    [`* valid-before="20300101" ${line}\n`, 'allowed-signers', false, 1],
    [`* cert-authority ${line}\n`, 'allowed-signers', false, 1],
    [`# comment\r\n\r\n${line}\r\nno-such-option ${line}\r\n`, 'authorized-keys', false, 1],
  ]
  for (const [text, artifact, guessed, entries] of rows) {
    it(JSON.stringify(text.replaceAll(line, 'KEY')), () => {
      for (const input of [text, octets(text)]) {
        const found = identify(input)
        assert.equal(found.artifact, artifact)
        assert.ok('file' in found)
        assert.equal(found.file.entries.length, entries)
        assert.equal(found.guessed ?? false, guessed)
      }
    })
  }

  it('a bare line is a key, whatever blank lines and comments stand around it', () => {
    assert.equal(identify(`# mine\n\n${line}\n`).artifact, 'public-key')
    assert.equal(textArtifact(`\n${line}\n#\n`), 'key')
    assert.equal(textArtifact('nothing here\n'), undefined)
  })

  it('a file of which no line holds is nothing known', () => {
    assert.throws(() => identify('ssh-rsa AAAA\nssh-rsa AAAA\n'), { code: 'unknown-format' })
    assert.throws(() => identify('gate ssh-rsa AAAAB3Nz\n'), { code: 'unknown-format' })
  })

  it('a file longer than any key is read', () => {
    const found = identify(`gate ${line}\n`.repeat(15_000))
    assert.ok(found.artifact === 'known-hosts' && found.file.entries.length === 15_000)
  })
})

describe('what a file is may be said', () => {
  it('where its looks would decide otherwise', () => {
    const text = `gate ${line}\n`
    const found = identify(text, { as: 'allowed-signers' })
    assert.ok(found.artifact === 'allowed-signers' && found.guessed === undefined)
    assert.equal(found.file.entries[0]?.principals, 'gate')
    assert.equal(identify(line, { as: 'authorized-keys' }).artifact, 'authorized-keys')
  })

  it('and is refused where it is not that', () => {
    assert.throws(() => identify(line, { as: 'private-key' }), { code: 'type-mismatch' })
    assert.throws(() => identify(octets(line), { as: 'krl' }), { code: 'unknown-format' })
    assert.throws(() => identify(line, { as: 'sshsig' }), SshError)
  })
})

it('revocation lists and signatures are known too', async () => {
  const key = await generateKey()
  const krl = formatKrl(createKrl({ generatedAt: 0, version: 7n, keys: [key.publicKey] }))
  const list = identify(krl)
  assert.ok(list.artifact === 'krl' && list.krl.version === 7n)
  const signature = await signMessage(octets('hello'), key, { namespace: 'file' })
  for (const input of [signature, octets(signature)]) {
    const found = identify(input)
    assert.ok(found.artifact === 'sshsig' && found.sshsig.namespace === 'file')
  }
  assert.equal(identify(formatPublicKey(key.publicKey)).artifact, 'public-key')
})
