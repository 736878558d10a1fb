import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'
import { sha256 } from '../../src/crypto/index.ts'
import { PassphraseError, SshError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { formatPrivateKey, inspectPrivateKey, parsePrivateKey } from '../../src/formats/index.ts'
import { ppk2, ppk3, ppk3With } from '../../src/formats/ppk.ts'
import { decodePpk, encodePpk } from '../../src/formats/ppk-file.ts'
import { derivePpkKeys, ppkMac } from '../../src/formats/ppk-keys.ts'
import { allTypes, ed25519, type KeyType, PrivateKey } from '../../src/keys/index.ts'
import { dss } from '../../src/keys/types/dss.ts'
import type { Limits } from '../../src/limits.ts'
import { decodeText, encodeText } from '../../src/wire/text.ts'
import { concat, flipped, utf8 } from '../support/bytes.ts'
import { blobOf, failure, privateKey } from '../support/keys.ts'
import { putty, puttyFile, puttyText } from '../support/putty.ts'

const types: readonly KeyType[] = [...allTypes.filter((type) => type.name !== dss.name), dss]
const formats = [ppk3, ppk2]
const { passphrase } = putty
const files = putty.files.filter(({ format }) => format.startsWith('ppk'))
const parse = (
  input: string | Uint8Array,
  options: { passphrase?: string | Uint8Array; limits?: Partial<Limits>; types?: readonly KeyType[] } = {},
) => parsePrivateKey(input, { types, formats, passphrase, ...options })
const wrong = { name: 'PassphraseError', code: 'passphrase-wrong' }

/** A file of the set as text, one thing in it changed. */
const changed = (file: string, from: string | RegExp, to: string): string => {
  const text = puttyText(file)
  const out = text.replace(from, to)
  assert.notEqual(out, text)
  return out
}

/** Gives the salt where 16 octets are asked for. */
const salted = (salt: Uint8Array) => (length: number) =>
  length === 16 ? salt.slice() : assert.fail(`${length} octets asked for`)

/** A plain file of version 3 with another private half, its MAC right. */
async function plainFile(privateBlob: Uint8Array): Promise<string> {
  const file = decodePpk(puttyFile('ed25519-v3.ppk'))
  const keys = await derivePpkKeys(file, new Uint8Array(0), {})
  return encodePpk({ ...file, privateBlob, mac: ppkMac(file, privateBlob, keys.mac) }, decodeText(file.comment))
}

describe('PPK, read', () => {
  for (const { file, type, sha256: shown, comment, format, encrypted } of files) {
    it(`${file}: the key that puttygen says`, async () => {
      const key = await parse(puttyFile(file))
      assert.deepEqual([key.type, key.comment], [type, comment])
      assert.equal(fingerprint(key, { hash: sha256 }), shown)
      const facts = inspectPrivateKey(puttyFile(file), { types, formats })
      assert.equal(facts.format, format)
      assert.equal(facts.encrypted !== null, encrypted)
      assert.deepEqual(facts.publicKey, key.publicKey)
      assert.deepEqual(inspectPrivateKey(puttyFile(file), { types: [ed25519], formats }).publicKey, key.publicKey)
    })
  }

  it('says the cipher and the derivation', () => {
    const { encrypted } = inspectPrivateKey(puttyFile('ed25519-v3-argon2i.ppk'), { types, formats })
    assert.deepEqual(encrypted, { cipher: 'aes256-cbc', kdf: 'Argon2i', rounds: 2 })
    const old = inspectPrivateKey(puttyFile('ed25519-v2-enc.ppk'), { types, formats })
    assert.deepEqual(old.encrypted, { cipher: 'aes256-cbc', kdf: 'SHA-1', rounds: 1 })
  })

  it('asks for a passphrase, with the public key in hand', async () => {
    for (const none of [{ passphrase: '' }, { passphrase: new Uint8Array(0) }]) {
      const error = await failure(() => parse(puttyFile('ed25519-v3-enc.ppk'), none))
      assert.ok(error instanceof PassphraseError && error.code === 'passphrase-required')
      assert.deepEqual([error.publicKey?.type, error.publicKey?.comment], ['ssh-ed25519', 'ed25519 one@example'])
    }
  })

  for (const { file } of files.filter((entry) => entry.encrypted)) {
    it(`${file}: a wrong passphrase is said to be wrong`, () =>
      assert.rejects(parse(puttyFile(file), { passphrase: 'wrong' }), wrong))
  }

  it('takes a passphrase as octets', async () => {
    await parse(puttyFile('ed25519-v2-enc.ppk'), { passphrase: utf8(passphrase) })
  })

  it('notices every change that the MAC covers', async () => {
    const mac = { name: 'FormatError', code: 'bad-mac' }
    await assert.rejects(parse(changed('ed25519-v3.ppk', 'one@example', 'two@example')), mac)
    await assert.rejects(parse(changed('ed25519-v2.ppk', 'one@example', 'two@example')), mac)
    await assert.rejects(parse(changed('ed25519-v3-enc.ppk', 'one@example', 'two@example')), wrong)
  })

  it('takes CRLF, a byte order mark, text in front, indentation, white space behind', async () => {
    const text = puttyText('ed25519-v3.ppk')
    for (const input of [
      text.replaceAll('\n', '\r\n'),
      `\ufeff${text}`,
      `# a key\n\n${text}\n  \n`,
      text.replace(/^/gm, '    '),
      text.trimEnd(),
      Buffer.from(text),
    ]) {
      assert.equal((await parse(input)).comment, 'ed25519 one@example')
    }
  })

  it('takes a seed without the zeros at its end, as PuTTY once wrote it', async () => {
    const seed = new Uint8Array(32).fill(5, 0, 30)
    const key = new PrivateKey(ed25519, { ...ed25519.derivePublic?.({ seed }), seed }, 'zeros')
    const file = decodePpk(utf8(await formatPrivateKey(key, { formats })))
    const privateBlob = blobOf(seed.subarray(0, 30))
    const mac = ppkMac(file, privateBlob, new Uint8Array(0))
    const short = await parse(encodePpk({ ...file, privateBlob, mac }, 'zeros'))
    assert.deepEqual(short.exposeComponents().seed, seed)
  })

  it('refuses a private half of another key, and octets behind it', async () => {
    const { privateBlob } = decodePpk(puttyFile('ed25519-v3.ppk'))
    await parse(await plainFile(privateBlob))
    await assert.rejects(parse(await plainFile(flipped(privateBlob, 80))), { code: 'key-mismatch' })
    await assert.rejects(parse(await plainFile(concat(privateBlob, utf8('x')))), { code: 'trailing-bytes' })
    await assert.rejects(parse(await plainFile(privateBlob.subarray(0, 30))), { code: 'truncated' })
  })

  it('refuses by name what it does not know', async () => {
    const cases = [
      ['User-Key-File-3', 'User-Key-File-4', 'unsupported-format'],
      ['User-Key-File-3', 'User-Key-File-1', 'unsupported-format'],
      ['aes256-cbc', 'aes128-cbc', 'unsupported-cipher'],
      ['Argon2id', 'scrypt', 'unsupported-kdf'],
    ] as const
    for (const [from, to, code] of cases) {
      await assert.rejects(parse(changed('ed25519-v3-enc.ppk', from, to)), { name: 'UnsupportedError', code })
    }
    await assert.rejects(parse(puttyFile('ed25519-v3.ppk'), { types: [] }), { code: 'unsupported-type' })
    const sk = blobOf('sk-ssh-ed25519@openssh.com', new Uint8Array(32), 'ssh:')
    const file = { ...decodePpk(puttyFile('ed25519-v3.ppk')), algorithm: 'sk-ssh-ed25519@openssh.com', publicBlob: sk }
    await assert.rejects(parse(encodePpk(file, 'sk')), /"sk-ssh-ed25519@openssh\.com"/)
  })

  it('refuses absurd costs at once', async () => {
    const limit = { name: 'LimitError', code: 'limit' }
    for (const line of ['Memory: 4294967295', 'Passes: 4294967295', 'Parallelism: 100', 'Memory: 9999999999']) {
      const name = line.split(':')[0]
      await assert.rejects(parse(changed('ed25519-v3-enc.ppk', RegExp(`Argon2-${name}: .*`), `Argon2-${line}`)), limit)
    }
    await assert.rejects(parse(puttyFile('ed25519-v3-enc.ppk'), { limits: { argon2Memory: 63 } }), limit)
  })

  it('refuses a file that is not as it says', async () => {
    const cases = [
      ['ed25519-v3.ppk', 'Public-Lines: 2', 'Public-Lines: 3', 'bad-base64'],
      ['ed25519-v3.ppk', 'Public-Lines: 2', 'Public-Lines: 200', 'truncated'],
      ['ed25519-v3.ppk', 'Public-Lines: 2', 'Public-Lines: 02', 'bad-value'],
      ['ed25519-v3.ppk', 'Encryption: ', 'Encrypted: ', 'bad-value'],
      ['ed25519-v3.ppk', 'File-3: ssh-ed25519', 'File-3', 'bad-value'],
      ['ed25519-v3.ppk', 'ssh-ed25519', 'ssh-rsa', 'type-mismatch'],
      ['ed25519-v3.ppk', /^Private-MAC: /m, 'Private-MAC: g', 'bad-value'],
      ['ed25519-v3.ppk', /$/, 'more\n', 'trailing-bytes'],
      ['ed25519-v3.ppk', /Private-Lines[\s\S]*/, '', 'is-public-key'],
      ['ed25519-v3-enc.ppk', 'Argon2-Salt: ', 'Argon2-Salt: 0', 'bad-value'],
      ['ed25519-v3-enc.ppk', /Argon2-Memory: \d+/, 'Argon2-Memory: 4', 'bad-value'],
    ] as const
    for (const [file, from, to, code] of cases) {
      await assert.rejects(parse(changed(file, from, to)), { name: 'FormatError', code }, `${from} → ${to}`)
    }
  })

  it('survives cuts at every octet and turns of every bit', async () => {
    const original = puttyFile('ed25519-v3.ppk')
    const key = await parse(original)
    const inputs = [
      ...Array.from(original, (_, length) => original.subarray(0, length)),
      ...Array.from({ length: original.length * 8 }, (_, bit) => flipped(original, bit)),
    ]
    for (const [i, input] of inputs.entries()) {
      try {
        // What still loads is the same key: the MAC covers all that is of it.
        const { publicKey, comment } = await parse(input)
        assert.deepEqual([publicKey, comment], [key.publicKey, key.comment], `input ${i}`)
      } catch (error) {
        if (!(error instanceof SshError)) throw error
      }
    }
  })
})

describe('PPK, written', () => {
  for (const { file, encrypted } of files.filter((entry) => !entry.file.includes('cert'))) {
    it(`${file}: octet by octet what puttygen wrote, line ends aside`, async () => {
      const key = await parse(puttyFile(file))
      const { version, argon2 } = decodePpk(puttyFile(file))
      const options = encrypted ? { passphrase, random: salted(argon2?.salt ?? new Uint8Array(16)) } : {}
      const text = await formatPrivateKey(key, {
        formats: [version === 2 ? ppk2 : ppk3With(argon2 ?? {})],
        ...options,
      })
      assert.equal(text.replaceAll('\r\n', '\n'), puttyText(file))
      assert.equal(text.split('\r\n').length, text.split('\n').length)
    })
  }

  it('writes the defaults that its documentation says', async () => {
    const key = await privateKey('ed25519')
    const text = await formatPrivateKey(key, { formats, passphrase, rounds: 1 })
    const { argon2 } = decodePpk(utf8(text))
    assert.ok(argon2)
    const { salt, ...costs } = argon2
    assert.deepEqual(costs, { variant: 'Argon2id', memory: 8192, passes: 1, parallelism: 1 })
    assert.equal(salt.length, 16)
    assert.deepEqual((await parse(text)).exposeComponents(), key.exposeComponents())
  })

  it('keeps a comment that is not UTF-8', async () => {
    const key = await privateKey('latin1-comment')
    for (const name of ['ppk2', 'ppk3']) {
      const text = await formatPrivateKey(key, { formats, format: name })
      assert.equal((await parse(encodeText(text))).comment, key.comment)
      assert.equal((await parse(text)).comment, key.comment)
    }
  })

  it('takes another comment, and refuses one of two lines', async () => {
    const key = await privateKey('ed25519')
    assert.equal((await parse(await formatPrivateKey(key, { formats, comment: 'other' }))).comment, 'other')
    assert.equal((await parse(await formatPrivateKey(key, { formats, comment: '' }))).comment, '')
    await assert.rejects(formatPrivateKey(key, { formats, comment: 'a\nb' }), TypeError)
  })

  it('refuses options that have no place', async () => {
    const key = await privateKey('ed25519')
    const write = (options: object) => formatPrivateKey(key, { formats, passphrase, ...options })
    await assert.rejects(write({ cipher: 'aes128-cbc' }), { code: 'unsupported-cipher' })
    await assert.rejects(write({ passphrase: '' }), TypeError)
    await assert.rejects(write({ rounds: 0 }), TypeError)
    await assert.rejects(write({ rounds: 1 << 20 }), { code: 'limit' })
    await assert.rejects(write({ format: 'ppk2', rounds: 2 }), TypeError)
  })

  it('reports progress and is aborted', async () => {
    const key = await privateKey('ed25519')
    const seen: string[] = []
    const onProgress = ({ work }: { work: string }) => seen.push(work)
    const text = await formatPrivateKey(key, { formats, passphrase, rounds: 1, onProgress })
    assert.ok(seen.includes('argon2'))
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(parsePrivateKey(text, { types, formats, passphrase, signal }), /enough/)
  })
})
