import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PassphraseError } from '../../src/errors.ts'
import {
  formatPlainOpenssh,
  formatPrivateKey,
  inspectPrivateKey,
  opensshPrivate,
  parsePrivateKey,
  Source,
} from '../../src/formats/index.ts'
import { fileCiphers } from '../../src/formats/openssh-ciphers.ts'
import { decodePlain, openSection } from '../../src/formats/openssh-private.ts'
import { decodeSection, type Envelope } from '../../src/formats/openssh-section.ts'
import { allTypes, ed25519, PrivateKey, type Progress, rsa } from '../../src/keys/index.ts'
import type { Limits } from '../../src/limits.ts'
import { decodeBase64 } from '../../src/wire/base64.ts'
import { decodeText } from '../../src/wire/text.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, hex, utf8 } from '../support/bytes.ts'
import { blobOf, failure, privateKey, publicKey } from '../support/keys.ts'
import { armored, bodyOf, cipherOf, envelopeOf, fileOf, keyMaterial } from '../support/openssh.ts'
import { keyVector, manifest, passphrase, vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const formats = [opensshPrivate]
const parse = (
  input: string | Uint8Array,
  options: { passphrase?: string | Uint8Array; limits?: Partial<Limits> } = {},
) => parsePrivateKey(input, { types, formats, ...options })
const badValue = { name: 'FormatError', code: 'bad-value' }
const mismatch = { name: 'FormatError', code: 'key-mismatch' }
const wrong = { name: 'PassphraseError', code: 'passphrase-wrong' }

/** The check integer of a file of the set, plain or encrypted. */
async function checkOf(envelope: Envelope): Promise<Uint8Array> {
  if (envelope.cipher === 'none') return envelope.section.slice(0, 4)
  return openSection(envelope, cipherOf(envelope), await keyMaterial(envelope, passphrase)).slice(0, 4)
}

/** Gives the salt where 16 octets are asked for, the check integer where 4 are. */
const handedIn = (salt: Uint8Array, check: Uint8Array) => (length: number) =>
  length === 4 ? check.slice() : length === 16 ? salt.slice() : assert.fail(`${length} random octets asked for`)

const ed = vector('keys/ed25519')

/** The file of `keys/ed25519` with another envelope. */
const changed = (change: Partial<Envelope>) => fileOf({ ...envelopeOf(ed), ...change })

/** The plain section of an Ed25519 key from its parts, padded to `block`. */
function section(parts: readonly (string | Uint8Array)[], block = 8, check = hex('01020304')): Uint8Array {
  const writer = new Writer()
    .raw(check)
    .raw(check)
    .raw(blobOf(...parts))
  for (let i = 1; writer.length % block; i++) writer.u8(i)
  return writer.take()
}

describe('openssh-key-v1, read', () => {
  for (const entry of manifest.keys) {
    it(`${entry.name}: gives the public half and the comment`, async () => {
      const key = await parse(vector(`keys/${entry.name}`))
      assert.deepEqual(key.publicKey.blob, publicKey(entry.name).blob)
      assert.equal(key.comment, decodeText(hex(entry.commentHex)))
      assert.equal(key.type, entry.type)
    })
  }

  for (const entry of manifest.encrypted) {
    it(`${entry.name}: opens with its passphrase, as text and as octets, and with no other`, async () => {
      const file = vector(`encrypted/${entry.name}`)
      const key = await parse(file, { passphrase })
      assert.deepEqual(key.publicKey.blob, decodeBase64(entry.publicBase64))
      assert.equal(key.comment, decodeText(hex(keyVector(entry.key).commentHex)))
      assert.deepEqual(key.exposeComponents(), (await privateKey(entry.key)).exposeComponents())
      await assert.rejects(parse(file, { passphrase: `${passphrase} ` }), wrong)
      if (entry.rounds === 1) await parse(file, { passphrase: utf8(passphrase) })
    })

    it(`${entry.name}: tells cipher, rounds and public key without the passphrase`, async () => {
      const file = vector(`encrypted/${entry.name}`)
      const facts = inspectPrivateKey(file, { types, formats })
      assert.deepEqual(facts.encrypted, { cipher: entry.cipher, kdf: 'bcrypt', rounds: entry.rounds })
      assert.deepEqual(facts.publicKey?.blob, decodeBase64(entry.publicBase64))
      for (const none of [undefined, '', new Uint8Array(0)]) {
        const error = await failure(() => parsePrivateKey(file, { types, formats, passphrase: none }))
        assert.ok(error instanceof PassphraseError)
        assert.equal(error.code, 'passphrase-required')
        assert.deepEqual(error.publicKey?.blob, decodeBase64(entry.publicBase64))
      }
    })
  }

  it('takes text as well as octets, with CRLF, a byte order mark, text around it and on one line', async () => {
    const text = vectorText('keys/ed25519')
    const lines = text.trimEnd().split('\n')
    for (const form of [
      text,
      `\ufeff${text}`,
      text.replaceAll('\n', '\r\n'),
      text.trimEnd(),
      `a mail\n\n${text}-- \nsignature\n`,
      text.replace(/^/gm, '  '),
      `${lines[0]}\n${lines.slice(1, -1).join('')}\n${lines.at(-1)}\n`,
    ]) {
      assert.equal((await parse(form)).type, 'ssh-ed25519')
      assert.equal((await parse(utf8(form))).type, 'ssh-ed25519')
    }
  })

  it('leaves the input and the passphrase as they were', async () => {
    const file = vector('encrypted/ed25519.aes256-ctr')
    const secret = utf8(passphrase)
    await parse(file, { passphrase: secret })
    assert.deepEqual(file, vector('encrypted/ed25519.aes256-ctr'))
    assert.deepEqual(secret, utf8(passphrase))
  })

  it('a key does not alias the file it came from', async () => {
    const file = vector('keys/ed25519')
    const key = await parse(file)
    file.fill(0)
    await key.sign(utf8('x'))
    assert.deepEqual(key.exposeComponents(), (await privateKey('ed25519')).exposeComponents())
  })
})

describe('openssh-key-v1, written', () => {
  for (const entry of manifest.keys) {
    it(`${entry.name}: byte for byte what ssh-keygen wrote`, async () => {
      const file = vector(`keys/${entry.name}`)
      const check = await checkOf(envelopeOf(file))
      const key = await parse(file)
      assert.deepEqual(utf8(formatPlainOpenssh(key, { random: handedIn(check, check) })), file)
      assert.deepEqual(utf8(await formatPrivateKey(key, { formats, random: handedIn(check, check) })), file)
    })
  }

  for (const entry of manifest.encrypted) {
    it(`${entry.name}: byte for byte what ssh-keygen wrote`, async () => {
      const file = vector(`encrypted/${entry.name}`)
      const key = await parse(file, { passphrase })
      const written = await formatPrivateKey(key, {
        formats,
        passphrase,
        cipher: entry.cipher,
        rounds: entry.rounds,
        random: handedIn(hex(entry.saltHex), await checkOf(envelopeOf(file))),
      })
      assert.deepEqual(utf8(written), file)
    })
  }

  it('the set holds every cipher', () => {
    const names = new Set(manifest.encrypted.map((entry) => entry.cipher))
    assert.deepEqual([...names].sort(), fileCiphers.map((cipher) => cipher.name).sort())
  })

  it('trap 22: by default aes256-ctr with 24 rounds, and lines of 70', async () => {
    const file = await formatPrivateKey(await privateKey('ed25519'), { formats, passphrase: 'x' })
    assert.deepEqual(inspectPrivateKey(file, { types, formats }).encrypted, {
      cipher: 'aes256-ctr',
      kdf: 'bcrypt',
      rounds: 24,
    })
    const lines = file.split('\n').slice(1, -2)
    assert.ok(lines.every((line, i) => line.length === 70 || i === lines.length - 1))
  })

  it('another comment may be written, and trap 60: one that is not UTF-8 survives', async () => {
    const key = await privateKey('latin1-comment')
    assert.equal(key.comment, 'caf\udce9 \udcff latin1')
    assert.equal((await parse(await formatPrivateKey(key, { formats }))).comment, key.comment)
    assert.equal((await parse(await formatPrivateKey(key, { formats, comment: 'other\udcff' }))).comment, 'other\udcff')
    assert.equal((await parse(await formatPrivateKey(key, { formats, comment: '' }))).comment, '')
    // A comment that its own reader would refuse is refused when it is written, or at the latest when it is read.
    await assert.rejects(async () => parse(await formatPrivateKey(key, { formats, comment: 'a\0b' })))
  })

  it('a passphrase is UTF-8 and not normalised', async () => {
    const key = await privateKey('ed25519')
    const file = await formatPrivateKey(key, { formats, passphrase: 'caf\u00e9', rounds: 1 })
    assert.equal((await parse(file, { passphrase: utf8('caf\u00e9') })).type, key.type)
    await assert.rejects(parse(file, { passphrase: 'cafe\u0301' }), wrong)
    const raw = await formatPrivateKey(key, { formats, passphrase: hex('ff00fe'), rounds: 1 })
    assert.equal((await parse(raw, { passphrase: hex('ff00fe') })).type, key.type)
  })

  it('refuses an empty passphrase, rounds out of bounds and unknown ciphers and formats', async () => {
    const key = await privateKey('ed25519')
    const write = (options: object) => formatPrivateKey(key, { formats, passphrase: 'x', ...options })
    await assert.rejects(write({ passphrase: '' }), TypeError)
    await assert.rejects(write({ passphrase: new Uint8Array(0) }), TypeError)
    for (const rounds of [0, -1, 1.5, 2049, Number.NaN]) await assert.rejects(write({ rounds }), TypeError, `${rounds}`)
    await assert.rejects(write({ cipher: 'aes512-ctr' }), { name: 'UnsupportedError', code: 'unsupported-cipher' })
    await assert.rejects(write({ cipher: 'none' }), { code: 'unsupported-cipher' })
    await assert.rejects(write({ format: 'ppk' }), { name: 'UnsupportedError', code: 'unsupported-format' })
  })

  it('a wiped key is not written', async () => {
    const key = await privateKey('ed25519')
    key.wipe()
    await assert.rejects(formatPrivateKey(key, { formats }), { code: 'wiped' })
    await assert.rejects(formatPrivateKey(key, { formats, passphrase: 'x', rounds: 1 }), { code: 'wiped' })
    assert.throws(() => formatPlainOpenssh(key), { code: 'wiped' })
  })

  it('progress is told and the signal ends the KDF, both ways', async () => {
    const key = await privateKey('ed25519')
    const seen: Progress[] = []
    const work = { passphrase: 'x', rounds: 3, onProgress: (progress: Progress) => void seen.push(progress) }
    const file = await formatPrivateKey(key, { formats, ...work })
    await parsePrivateKey(file, { types, formats, ...work })
    assert.deepEqual(seen.at(-1), { work: 'bcrypt', done: seen.at(-1)!.total!, total: seen.at(-1)!.total! })
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    assert.equal(await failure(() => formatPrivateKey(key, { formats, ...work, signal })), reason)
    assert.equal(await failure(() => parsePrivateKey(file, { types, formats, ...work, signal })), reason)
  })

  it('a long KDF lets timers run and is ended by an abort', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 30)
    const options = { formats, passphrase: 'x', rounds: 2048, signal: controller.signal }
    assert.equal(await failure(async () => formatPrivateKey(await privateKey('ed25519'), options)), reason)
  })
})

describe('openssh-key-v1, refused', () => {
  const seed = (key: PrivateKey) => key.exposeComponents().seed!

  it('trap 17: exactly one key', async () => {
    const body = bodyOf(ed)
    // Magic 15, cipher 8, kdf 8, options 4: the count stands at 35.
    for (const count of ['00000000', '00000002', '7fffffff', 'ffffffff']) {
      const other = body.slice()
      other.set(hex(count), 35)
      await assert.rejects(parse(armored(other)), badValue, count)
    }
  })

  it('trap 17: cipher none if and only if kdf none', async () => {
    const bcrypt = { salt: new Uint8Array(16), rounds: 1 }
    await assert.rejects(parse(changed({ cipher: 'aes256-ctr' }), { passphrase }), badValue)
    await assert.rejects(parse(changed({ kdf: 'bcrypt', bcrypt }), { passphrase }), badValue)
    await assert.rejects(parse(changed({ bcrypt })), { code: 'trailing-bytes' })
  })

  it('trap 17: whole blocks, of 8 where the file is plain', async () => {
    const plain = envelopeOf(ed).section
    for (const cut of [1, 4, 7]) await assert.rejects(parse(changed({ section: plain.subarray(0, -cut) })), badValue)
    await assert.rejects(parse(changed({ section: new Uint8Array(0) })), badValue)
    for (const name of ['aes256-ctr', '3des-cbc', 'chacha20-poly1305', 'aes128-gcm']) {
      const locked = envelopeOf(vector(`encrypted/ed25519.${name}`))
      const short = fileOf({ ...locked, section: locked.section.subarray(0, -1) })
      await assert.rejects(parse(short, { passphrase }), badValue, name)
    }
  })

  it('trap 18: check integers that differ mean a damaged plain file, and a wrong passphrase where it is encrypted', async () => {
    const plain = envelopeOf(ed).section.slice()
    plain[0]! ^= 1
    await assert.rejects(parse(changed({ section: plain })), badValue)
    for (const entry of manifest.encrypted.filter((e) => e.rounds === 1)) {
      await assert.rejects(parse(vector(`encrypted/${entry.name}`), { passphrase: 'wrong' }), wrong, entry.name)
    }
  })

  it('trap 18: the tag stands behind the section; without it, or damaged, or longer, the file is refused', async () => {
    for (const name of ['aes128-gcm', 'aes256-gcm', 'chacha20-poly1305']) {
      const locked = envelopeOf(vector(`encrypted/ed25519.${name}`))
      assert.equal(locked.tag.length, 16)
      const open = (tag: Uint8Array) => parse(fileOf({ ...locked, tag }), { passphrase })
      await assert.rejects(open(locked.tag.subarray(1)), badValue, name)
      await assert.rejects(open(new Uint8Array(0)), badValue, name)
      await assert.rejects(open(concat(locked.tag, hex('00'))), badValue, name)
      await assert.rejects(open(locked.tag.slice().reverse()), wrong, name)
    }
    const ctr = envelopeOf(vector('encrypted/ed25519.aes256-ctr'))
    await assert.rejects(parse(fileOf({ ...ctr, tag: new Uint8Array(16) }), { passphrase }), badValue)
    await assert.rejects(parse(changed({ tag: hex('00') })), { code: 'trailing-bytes' })
  })

  it('trap 19: padding is 1, 2, 3 …; a whole block more is taken, two are not', async () => {
    const key = await privateKey('ed25519')
    const pub = key.exposeComponents().public!
    const parts = ['ssh-ed25519', pub, concat(seed(key), pub), 'four']
    const unpadded = concat(hex('0102030401020304'), blobOf(...parts))
    const left = (8 - (unpadded.length % 8)) % 8
    const padded = (count: number) =>
      changed({
        section: concat(
          unpadded,
          Uint8Array.from({ length: count }, (_, i) => i + 1),
        ),
      })
    assert.equal((await parse(padded(left))).comment, 'four')
    assert.equal((await parse(padded(left + 8))).comment, 'four')
    await assert.rejects(parse(padded(left + 16)), badValue)
    for (const bad of [0, 1, 2]) {
      const other = concat(
        unpadded,
        Uint8Array.from({ length: left + 8 }, (_, i) => (i === bad ? 0 : i + 1)),
      )
      await assert.rejects(parse(changed({ section: other })), badValue)
    }
  })

  it('trap 20: the public key of the envelope must be the one inside', async () => {
    await assert.rejects(parse(changed({ publicBlob: publicKey('ca-ed25519').blob })), mismatch)
    await assert.rejects(parse(changed({ publicBlob: publicKey('ecdsa256').blob })), { code: 'type-mismatch' })
    const other = envelopeOf(vector('keys/rsa2048'))
    await assert.rejects(parse(fileOf({ ...other, publicBlob: publicKey('ca-rsa').blob })), mismatch)
    const ec = envelopeOf(vector('keys/ecdsa256'))
    await assert.rejects(parse(fileOf({ ...ec, publicBlob: publicKey('ca-ecdsa256').blob })), mismatch)
  })

  it('trap 23: the second half of an Ed25519 private key is the public key', async () => {
    const key = await privateKey('ed25519')
    const pub = key.exposeComponents().public!
    const other = publicKey('ca-ed25519').blob.subarray(-32)
    await assert.rejects(
      parse(changed({ section: section(['ssh-ed25519', pub, concat(seed(key), other), 'c']) })),
      mismatch,
    )
    await assert.rejects(
      parse(changed({ section: section(['ssh-ed25519', other, concat(seed(key), pub), 'c']) })),
      mismatch,
    )
  })

  it('trap 53: an Ed25519 private key has 64 octets', async () => {
    const key = await privateKey('ed25519')
    const pub = key.exposeComponents().public!
    for (const bad of [seed(key), concat(seed(key), pub.subarray(1)), hex('')]) {
      await assert.rejects(parse(changed({ section: section(['ssh-ed25519', pub, bad, 'c']) })), badValue)
    }
    const long = concat(seed(key), pub, hex('00'))
    await assert.rejects(parse(changed({ section: section(['ssh-ed25519', pub, long, 'c']) })), { code: 'limit' })
  })

  it('a private half that belongs to another key is refused, for every type', async () => {
    const swaps = [
      ['ed25519', 'ca-ed25519', ['seed']],
      ['ecdsa256', 'ca-ecdsa256', ['scalar']],
      ['ecdsa384', 'ca-ecdsa384', ['scalar']],
      ['ecdsa521', 'ca-ecdsa521', ['scalar']],
      ['rsa2048', 'ca-rsa', ['d', 'iqmp', 'p', 'q']],
      ['rsa2048', 'ca-rsa', ['d']],
      ['rsa2048', 'ca-rsa', ['iqmp']],
      ['rsa2048', 'ca-rsa', ['p', 'q']],
    ] as const
    for (const [name, donor, fields] of swaps) {
      const key = await privateKey(name)
      const other = (await privateKey(donor)).exposeComponents()
      const components: Record<string, Uint8Array> = { ...key.exposeComponents() }
      for (const field of fields) components[field] = other[field]!
      const file = formatPlainOpenssh(new PrivateKey(key.keyType, components, ''))
      await assert.rejects(parse(file), mismatch, `${name} ${fields}`)
      // Structure and copies are sound: it is the arithmetic that refuses.
      assert.equal(decodePlain(new Source(file), { types }).type, key.type)
    }
  })

  it('a scalar of zero, or of the order or above, is refused', async () => {
    const key = await privateKey('ecdsa256')
    for (const scalar of [
      new Uint8Array(32),
      hex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
      new Uint8Array(32).fill(255),
    ]) {
      const file = formatPlainOpenssh(new PrivateKey(key.keyType, { ...key.exposeComponents(), scalar }, ''))
      await assert.rejects(parse(file), mismatch)
    }
  })

  it('trap 22: rounds above the ceiling are refused before the KDF runs; the ceiling is an argument', async () => {
    const locked = envelopeOf(vector('encrypted/ed25519.aes256-ctr'))
    const withRounds = (rounds: number) => fileOf({ ...locked, bcrypt: { ...locked.bcrypt!, rounds } })
    for (const rounds of [2049, 0x7fffffff, 0xffffffff]) {
      await assert.rejects(parse(withRounds(rounds), { passphrase }), { name: 'LimitError', code: 'limit' })
      assert.throws(() => inspectPrivateKey(withRounds(rounds), { types, formats }), { code: 'limit' })
    }
    await assert.rejects(parse(withRounds(0), { passphrase }), badValue)
    const sixteen = vector('encrypted/ed25519.16-rounds')
    await assert.rejects(parse(sixteen, { passphrase, limits: { bcryptRounds: 15 } }), { code: 'limit' })
    assert.equal((await parse(sixteen, { passphrase, limits: { bcryptRounds: 16 } })).type, 'ssh-ed25519')
    const raised = inspectPrivateKey(withRounds(5000), { types, formats, limits: { bcryptRounds: 5000 } })
    assert.equal(raised.encrypted?.rounds, 5000)
  })

  it('an empty or too long salt is refused', async () => {
    const locked = envelopeOf(vector('encrypted/ed25519.aes256-ctr'))
    const withSalt = (length: number) => fileOf({ ...locked, bcrypt: { rounds: 1, salt: new Uint8Array(length) } })
    await assert.rejects(parse(withSalt(0), { passphrase }), badValue)
    await assert.rejects(parse(withSalt(1025), { passphrase }), { code: 'limit' })
    await assert.rejects(parse(withSalt(1024), { passphrase }), wrong)
  })

  it('unknown ciphers, KDFs and types are unsupported, not broken', async () => {
    const locked = envelopeOf(vector('encrypted/ed25519.aes256-ctr'))
    const other = (change: Partial<Envelope>) => parse(fileOf({ ...locked, ...change }), { passphrase })
    await assert.rejects(other({ cipher: 'aes512-ctr' }), { name: 'UnsupportedError', code: 'unsupported-cipher' })
    await assert.rejects(other({ kdf: 'argon2', bcrypt: undefined }), {
      name: 'UnsupportedError',
      code: 'unsupported-kdf',
    })
    const foo = { publicBlob: blobOf('ssh-foo', 'x'), section: section(['ssh-foo', 'x', 'c']) }
    await assert.rejects(parse(changed(foo)), { name: 'UnsupportedError', code: 'unsupported-type' })
    await assert.rejects(parsePrivateKey(ed, { types: [rsa], formats }), { code: 'unsupported-type' })
    assert.equal((await parsePrivateKey(ed, { types: [ed25519], formats })).type, 'ssh-ed25519')
  })

  it('a certificate is no public half', async () => {
    const file = changed({ publicBlob: blobOf('ssh-ed25519-cert-v01@openssh.com') })
    await assert.rejects(parse(file), (error: { name: string }) =>
      ['FormatError', 'UnsupportedError'].includes(error.name),
    )
    assert.throws(() => inspectPrivateKey(file, { types, formats }), { code: 'is-certificate' })
  })

  it('trap 26: a NUL in the comment is refused', async () => {
    const key = await privateKey('ed25519')
    const pub = key.exposeComponents().public!
    const parts = (comment: string) => section(['ssh-ed25519', pub, concat(seed(key), pub), comment])
    await assert.rejects(parse(changed({ section: parts('a\0b') })), badValue)
    assert.equal((await parse(changed({ section: parts('a\nb') }))).comment, 'a\nb')
  })

  it('octets behind the envelope, a damaged magic, a cut body', async () => {
    const body = bodyOf(ed)
    await assert.rejects(parse(armored(concat(body, hex('00')))), { code: 'trailing-bytes' })
    await assert.rejects(parse(armored(body.subarray(0, -1))), { code: 'truncated' })
    await assert.rejects(parse(armored(concat(utf8('openssh-key-v2\0'), body.subarray(15)))), badValue)
    await assert.rejects(parse(armored(hex(''))), { code: 'truncated' })
  })

  it('says what was found instead of a private key', async () => {
    await assert.rejects(parse(vector('keys/ed25519.pub')), { name: 'FormatError', code: 'is-public-key' })
    await assert.rejects(parse(vector('certs/user-ed25519-cert.pub')), { code: 'is-public-key' })
    for (const none of ['', '\n', 'text', '# only a comment', '\0\0\0', '-----BEGIN CERTIFICATE-----\nAAAA\n']) {
      await assert.rejects(parse(none), { code: 'unknown-format' }, none)
    }
    await assert.rejects(parsePrivateKey(ed, { types, formats: [] }), { code: 'unknown-format' })
    await assert.rejects(parse(5 as unknown as string), TypeError)
  })

  it('the limit of the input is an argument', async () => {
    await assert.rejects(parse(ed, { limits: { inputLength: ed.length - 1 } }), { name: 'LimitError' })
    assert.equal((await parse(ed, { limits: { inputLength: ed.length } })).type, 'ssh-ed25519')
    await assert.rejects(parse(new Uint8Array((1 << 20) + 1)), { name: 'LimitError' })
    const long = concat(new Uint8Array((1 << 20) + 1).fill(10), ed)
    assert.equal((await parse(long, { limits: { inputLength: 1 << 22 } })).type, 'ssh-ed25519')
  })

  it('messages never hold the passphrase or key bytes', async () => {
    const secret = 'zebra-crossing'
    const messages: string[] = []
    for (const name of ['ed25519.aes256-ctr', 'ed25519.aes256-gcm', 'ed25519.3des-cbc']) {
      messages.push(`${await failure(() => parse(vector(`encrypted/${name}`), { passphrase: secret }))}`)
    }
    assert.ok(messages.every((message) => !message.includes(secret)))
  })

  it('a section that is refused leaves no secret behind in what it was read from', async () => {
    const key = await privateKey('ed25519')
    const pub = key.exposeComponents().public!
    const good = section(['ssh-ed25519', pub, concat(seed(key), pub), 'c'])
    assert.equal(decodeSection(good, key.publicKey.blob, 8, types).comment, 'c')
    assert.throws(() => decodeSection(good.subarray(0, -1), key.publicKey.blob.subarray(0, -1), 8, types), {
      code: 'truncated',
    })
  })
})
