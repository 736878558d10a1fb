/**
 * Every artifact of the project's own set, cut at every byte and with every single bit turned over: what comes out is
 * success or a coded error, never another one, and never a success that means something else.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCertificate } from '../src/cert/decode.ts'
import { type CertificatePolicy, checkCertificate, parseCertificate } from '../src/cert/index.ts'
import { SshError } from '../src/errors.ts'
import { opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey, Source } from '../src/formats/index.ts'
import { decodePlain, openSection } from '../src/formats/openssh-private.ts'
import { decodeEnvelope, decodeSection, type Envelope } from '../src/formats/openssh-section.ts'
import { identify } from '../src/index.ts'
import { allTypes, decodePublicKey, decodeSignature, type PrivateKey } from '../src/keys/index.ts'
import { concat, flipped, hex, utf8 } from './support/bytes.ts'
import { privateKey, publicKey } from './support/keys.ts'
import { armored, bodyOf, cipherOf, envelopeOf, keyMaterial } from './support/openssh.ts'
import { manifest, passphrase, vector } from './support/vectors.ts'

// Some hundred thousand errors are made here; their stacks would take most of the time.
Error.stackTraceLimit = 0

const types = allTypes
const formats = { public: [opensshPublic], private: [opensshPrivate] }

/** What `work` gives, or `undefined` where it throws a coded error. Anything else that it throws is a failure. */
function sound<T>(work: () => T, what: string): T | undefined {
  try {
    return work()
  } catch (error) {
    return coded(error, what)
  }
}

async function soundly<T>(work: () => Promise<T>, what: string): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    return coded(error, what)
  }
}

function coded(error: unknown, what: string): undefined {
  if (error instanceof SshError && /^[a-z0-9-]+$/.test(error.code)) return undefined
  throw new Error(`${what}: ${String(error)}`, { cause: error })
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Every key of the set and the comment, which nothing protects, aside. */
function sameKey(a: PrivateKey, b: PrivateKey): boolean {
  const [one, two] = [a.exposeComponents(), b.exposeComponents()]
  return (
    same(a.publicKey.blob, b.publicKey.blob) && Object.keys(one).every((name) => same(one[name]!, two[name] ?? hex('')))
  )
}

/** `bytes` cut at every place, then with every bit turned over; of the latter every `step`th. */
function* mutations(bytes: Uint8Array, step = 1): Generator<readonly [string, Uint8Array]> {
  for (let length = 0; length < bytes.length; length++) yield [`cut to ${length}`, bytes.subarray(0, length)]
  for (let bit = 0; bit < bytes.length * 8; bit += step) yield [`bit ${bit}`, flipped(bytes, bit)]
}

/** Lengths that cannot be, written over every place of `bytes`, the places of its lengths among them. */
function* absurdLengths(bytes: Uint8Array): Generator<readonly [string, Uint8Array]> {
  for (let at = 0; at + 4 <= bytes.length; at++) {
    for (const length of ['ffffffff', '00100001']) {
      const out = bytes.slice()
      out.set(hex(length), at)
      yield [`${length} at ${at}`, out]
    }
  }
}

describe('public keys', () => {
  for (const { name } of manifest.keys) {
    it(`${name}: blob and line`, () => {
      const { blob } = publicKey(name)
      for (const [what, bytes] of mutations(blob)) {
        const key = sound(() => decodePublicKey(bytes, { types }), what)
        if (key) assert.ok(same(key.blob, bytes), what)
        if (what.startsWith('cut')) assert.equal(key, undefined, what)
      }
      for (const [what, bytes] of absurdLengths(blob)) {
        const key = sound(() => decodePublicKey(bytes, { types }), what)
        if (key) assert.ok(same(key.blob, bytes), what)
      }
      assert.equal(
        sound(() => decodePublicKey(concat(blob, hex('00')), { types }), 'trailing'),
        undefined,
      )
      // A cut line may have lost its line feed or some of its comment, never some of the key.
      for (const [what, bytes] of mutations(vector(`keys/${name}.pub`))) {
        const key = sound(() => parsePublicKey(bytes, { types, formats: formats.public }), what)
        if (key && what.startsWith('cut')) assert.ok(same(key.blob, blob), what)
      }
    })
  }
})

describe('plain private keys', () => {
  for (const { name } of manifest.keys) {
    it(`${name}: structure, cut and flipped everywhere; a cut or changed key never passes for the key`, async () => {
      const file = vector(`keys/${name}`)
      const original = await privateKey(name)
      const body = bodyOf(file)
      const secrets = new Set<string>()
      // Below the armor every bit; through it all cuts and, of RSA, some of the bits.
      const step = original.type === 'ssh-rsa' ? 23 : 1
      let bits = 0
      for (const [what, bytes] of mutations(body)) {
        const cut = what.startsWith('cut')
        const envelope = sound(() => decodeEnvelope(bytes), what)
        if (envelope) sound(() => decodeSection(envelope.section, envelope.publicBlob, 8, types), what)
        if (!cut && bits++ % step) continue
        const key = sound(() => decodePlain(new Source(armored(bytes)), { types }), what)
        if (key) assert.ok(!cut && same(key.publicKey.blob, original.publicKey.blob), what)
        if (key && !sameKey(key, original)) secrets.add(what)
      }
      // Without the arithmetic nothing but a secret component may have changed.
      const secretBits = original.keyType.privateFields
        .filter((field) => field.secret)
        .reduce((sum, field) => sum + original.exposeComponents()[field.name]!.length * 8, 0)
      assert.ok(secrets.size <= secretBits, `${secrets.size} of ${secretBits}`)
      for (const [what, bytes] of absurdLengths(body)) sound(() => decodeEnvelope(bytes), what)
    })

    it(`${name}: with the arithmetic, no changed key passes (a sample)`, async () => {
      const original = await privateKey(name)
      const body = bodyOf(vector(`keys/${name}`))
      const step = original.type === 'ssh-ed25519' ? 11 : original.type === 'ssh-rsa' ? 173 : 37
      for (const [what, bytes] of mutations(body, step)) {
        if (what.startsWith('cut') && bytes.length % 16) continue
        const key = await soundly(
          () => parsePrivateKey(armored(bytes), { types, formats: formats.private }),
          `${name} ${what}`,
        )
        if (key) assert.ok(sameKey(key, original), what)
      }
    })
  }

  it('the text of a file, cut and flipped everywhere', async () => {
    for (const name of ['ed25519', 'ecdsa256', 'rsa1024']) {
      const file = vector(`keys/${name}`)
      const original = await privateKey(name)
      for (const [what, bytes] of mutations(file, name === 'ed25519' ? 1 : 3)) {
        const key = sound(() => decodePlain(new Source(bytes), { types }), `${name} ${what}`)
        if (key && what.startsWith('cut')) assert.ok(sameKey(key, original), what)
        sound(() => identify(bytes), `${name} ${what}`)
      }
    }
  })
})

describe('encrypted private keys', () => {
  it('the header at the lowest cost: every cut and every bit, through the KDF', async () => {
    const body = bodyOf(vector('encrypted/ed25519.aes256-ctr'))
    const original = await privateKey('ed25519')
    const header = body.length - envelopeOf(vector('encrypted/ed25519.aes256-ctr')).section.length
    const limits = { bcryptRounds: 1 }
    const open = (bytes: Uint8Array) =>
      parsePrivateKey(armored(bytes), { types, formats: formats.private, passphrase, limits })
    for (let length = 0; length < header; length++) {
      assert.equal(await soundly(() => open(body.subarray(0, length)), `cut to ${length}`), undefined)
    }
    for (let bit = 0; bit < header * 8; bit++) {
      const bytes = flipped(body, bit)
      // Most bits are refused before the KDF; of those that reach it (salt, public key) a sample.
      const envelope = sound(() => decodeEnvelope(bytes, limits), `bit ${bit}`)
      if (envelope && bit % 5) continue
      const key = await soundly(() => open(bytes), `bit ${bit}`)
      if (key) assert.ok(sameKey(key, original), `bit ${bit}`)
    }
  })

  for (const entry of manifest.encrypted) {
    it(`${entry.name}: header, ciphertext and tag below the KDF`, async () => {
      const file = vector(`encrypted/${entry.name}`)
      const body = bodyOf(file)
      const original = await privateKey(entry.key)
      const envelope = envelopeOf(file)
      const cipher = cipherOf(envelope)
      const material = await keyMaterial(envelope, passphrase)
      const open = (other: Envelope) =>
        decodeSection(openSection(other, cipher, material), other.publicBlob, cipher.blockLength, types)
      assert.ok(sameKey(open(envelope), original))

      const step = entry.key.startsWith('rsa') ? 5 : 1
      let passed = 0
      for (const [what, bytes] of mutations(body, step)) {
        const other = sound(() => decodeEnvelope(bytes), what)
        if (!other) continue
        // Another salt, count or name gives other key material, which is what a wrong passphrase is.
        const key = sound(() => open(other), what)
        if (!key) continue
        assert.ok(!what.startsWith('cut') || same(bytes, body), what)
        assert.ok(same(key.publicKey.blob, original.publicKey.blob), what)
        passed++
        if (cipher.tagLength) {
          // A tag covers the section: what passes is a change in front of it.
          assert.ok(same(other.section, envelope.section) && same(other.tag, envelope.tag), what)
          assert.ok(sameKey(key, original), what)
        }
      }
      assert.ok(passed < body.length * 8)
      for (const [what, bytes] of absurdLengths(body.subarray(0, 200))) sound(() => decodeEnvelope(bytes), what)
      for (const extra of [1, 8, 16, 64]) {
        const other = sound(() => decodeEnvelope(concat(body, new Uint8Array(extra))), 'trailing')
        if (other)
          assert.equal(
            sound(() => open(other), 'trailing'),
            undefined,
          )
      }
    })
  }

  it('rounds above a lowered ceiling are refused whatever the bit', () => {
    const body = bodyOf(vector('encrypted/ed25519.16-rounds'))
    for (let bit = 0; bit < body.length * 8; bit++) {
      const envelope = sound(() => decodeEnvelope(flipped(body, bit), { bcryptRounds: 1 }), `bit ${bit}`)
      if (envelope?.bcrypt) assert.ok(envelope.bcrypt.rounds <= 1, `bit ${bit}`)
    }
  })
})

describe('certificates', () => {
  const authorities = ['ca-ed25519', 'ca-ecdsa256', 'ca-ecdsa384', 'ca-ecdsa521', 'ca-rsa'].map(publicKey)
  const policyFor = (kind: 'user' | 'host', principal: string | null): CertificatePolicy => ({
    types,
    kind,
    authorities,
    time: 1600000000,
    principal,
    sourceAddress: '192.0.2.9',
    algorithms: [...types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])],
  })

  for (const { name } of manifest.certificates) {
    it(`${name}: no cut and no flipped bit is accepted`, async () => {
      const certificate = parseCertificate(vector(`certs/${name}`), { types })
      const policy = policyFor(certificate.kind, certificate.principals[0] ?? null)
      // The signatures of Ed25519 and RSA are cheap to verify here; one small certificate has every bit judged.
      const whole = name === 'clear-cert.pub'
      let judged = 0
      for (const [what, bytes] of mutations(certificate.blob)) {
        const read = sound(() => decodeCertificate(bytes, { types }), what)
        if (!read) continue
        assert.ok(!what.startsWith('cut'), what)
        assert.ok(same(read.blob, bytes), what)
        if (!whole && judged++ % 61) continue
        assert.equal(await soundly(() => checkCertificate(read, policy), what), undefined, what)
      }
      for (const [what, bytes] of absurdLengths(certificate.blob.subarray(0, 600))) {
        sound(() => decodeCertificate(bytes, { types }), what)
      }
      assert.equal(
        sound(() => decodeCertificate(concat(certificate.blob, hex('00')), { types }), 'trailing'),
        undefined,
      )
    })
  }

  it('the text of a line, cut and flipped everywhere', () => {
    let turn = 0
    for (const name of ['clear', 'options', 'ca-ecdsa256']) {
      const file = vector(`certs/${name}-cert.pub`)
      const { blob } = parseCertificate(file, { types })
      for (const [what, bytes] of mutations(file)) {
        const read = sound(() => parseCertificate(bytes, { types }), what)
        if (read && what.startsWith('cut')) assert.ok(same(read.blob, blob), what)
        if (turn++ % 4 === 0) sound(() => identify(bytes), what)
      }
    }
  })
})

describe('signatures', () => {
  for (const entry of manifest.signatures.filter((signature) => signature.blobHex)) {
    it(`${entry.key}: blobs cut and flipped everywhere decode or give a coded error`, () => {
      for (const [what, bytes] of mutations(hex(entry.blobHex!))) sound(() => decodeSignature(bytes), what)
    })
  }
})

describe('junk of a mebibyte', () => {
  const size = (1 << 20) - 64
  const fill = (text: string) => utf8(text.repeat(Math.ceil(size / text.length)).slice(0, size))
  const shapes: readonly (readonly [string, Uint8Array])[] = [
    ['zeros', new Uint8Array(size)],
    ['0xff', new Uint8Array(size).fill(255)],
    ['letters', fill('A')],
    ['spaces', fill(' ')],
    ['line feeds', fill('\n')],
    ['comments', fill('#\n')],
    ['two words a line', fill('a b\n')],
    ['words', fill('ssh-rsa ')],
    ['a word and spaces', concat(utf8('a'), fill(' '))],
    ['dashes', fill('-')],
    ['BEGIN without end', fill('-----BEGIN ')],
    ['BEGIN lines', fill('-----BEGIN OPENSSH PRIVATE KEY-----\n')],
    ['a block without END', concat(utf8('-----BEGIN OPENSSH PRIVATE KEY-----\n'), fill('AAAA\n'))],
    ['a line of base64', concat(utf8('ssh-rsa AAAA'), fill('A'))],
    ['many such lines', fill('ssh-rsa AAAA\n')],
    ['backslashes', fill('\\')],
    ['JSON escapes', fill('"\\n')],
  ]
  for (const [name, bytes] of shapes) {
    it(`${name}: is refused by every parser`, async () => {
      assert.equal(
        sound(() => parsePublicKey(bytes, { types, formats: formats.public }), name),
        undefined,
      )
      assert.equal(
        sound(() => parseCertificate(bytes, { types }), name),
        undefined,
      )
      assert.equal(
        sound(() => identify(bytes), name),
        undefined,
      )
      assert.equal(await soundly(() => parsePrivateKey(bytes, { types, formats: formats.private }), name), undefined)
      sound(() => decodeCertificate(bytes, { types }), name)
      sound(() => decodeEnvelope(bytes), name)
      sound(() => decodePublicKey(bytes, { types }), name)
      sound(() => decodeSignature(bytes), name)
    })
  }
})
