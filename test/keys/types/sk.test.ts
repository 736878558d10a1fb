import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '../../../src/crypto/hash.ts'
import { SshError } from '../../../src/errors.ts'
import {
  allTypes,
  decodePublicKey,
  ecdsaP256,
  ed25519,
  generatePrivateKey,
  type KeyType,
  type PublicKey,
  skEcdsaP256,
  skEd25519,
  verifySignature,
} from '../../../src/keys/index.ts'
import { encodeBase64 } from '../../../src/wire/base64.ts'
import { Reader } from '../../../src/wire/reader.ts'
import { Writer } from '../../../src/wire/writer.ts'
import { concat, flipped, utf8 } from '../../support/bytes.ts'
import { blobOf, failure } from '../../support/keys.ts'
import { file, message, openSshsig, privateKeyOf, publicKeyOf } from './set.ts'

const types = allTypes
const data = utf8('to be signed')
const badSignature = { name: 'VerificationError', code: 'bad-signature' }
const badValue = { name: 'FormatError', code: 'bad-value' }
const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com'

/** A security key made of software: its public key, and signatures over whatever it is told. */
async function authenticator(type: KeyType, inner: KeyType, application = 'ssh:') {
  const key = await generatePrivateKey(inner)
  const fields = new Reader(key.publicKey.blob)
  fields.string('type')
  const blob = new Writer().string(type.name).raw(fields.rest()).string(application).take()
  const publicKey = decodePublicKey(blob, { types })
  /** The signature blob over application, flags, counter, `signed`. */
  const sign = async (flags: number, counter: number, signed: Uint8Array, algorithm = type.name) => {
    const appHash = sha256.digest(utf8(application))
    const whole = new Writer().raw(appHash).u8(flags).u32(counter).raw(signed).take()
    const reader = new Reader((await key.sign(whole)).blob)
    reader.string('algorithm')
    return new Writer().string(algorithm).string(reader.string('value')).u8(flags).u32(counter).take()
  }
  return { publicKey, sign, plain: (flags = 1, counter = 7) => sign(flags, counter, sha256.digest(data)) }
}

const kinds = [
  [skEd25519, ed25519],
  [skEcdsaP256, ecdsaP256],
] as const

for (const [type, inner] of kinds) {
  describe(type.name, () => {
    const verify = async (
      key: PublicKey,
      signature: Uint8Array,
      policy: { touchRequired?: boolean; pinRequired?: boolean } = {},
    ) => verifySignature(key, signature, data, { types, ...policy })

    it('tells counter and flags', async () => {
      const sk = await authenticator(type, inner)
      const facts = await verify(sk.publicKey, await sk.plain(5, 0xffffffff))
      assert.deepEqual(facts, { algorithm: type.name, counter: 0xffffffff, userPresent: true, userVerified: true })
      assert.equal((await verify(sk.publicKey, await sk.plain(1, 0))).userVerified, false)
    })

    it('what is not touched is refused unless the caller says otherwise, after the arithmetic', async () => {
      const sk = await authenticator(type, inner)
      for (const flags of [0, 4]) {
        const signature = await sk.plain(flags)
        const refused = { name: 'VerificationError', code: 'touch-required' }
        await assert.rejects(verify(sk.publicKey, signature), refused)
        await assert.rejects(verify(sk.publicKey, signature, { touchRequired: true }), refused)
        assert.equal((await verify(sk.publicKey, signature, { touchRequired: false })).userPresent, false)
      }
      const forged = flipped(await sk.plain(0), 8 * (type.name.length + 20))
      await assert.rejects(verify(sk.publicKey, forged), badSignature)
    })

    it('a PIN is asked for where the caller wants one', async () => {
      const sk = await authenticator(type, inner)
      const refused = { name: 'VerificationError', code: 'pin-required' }
      await assert.rejects(verify(sk.publicKey, await sk.plain(1), { pinRequired: true }), refused)
      assert.equal((await verify(sk.publicKey, await sk.plain(5), { pinRequired: true })).userVerified, true)
    })

    it('trap 33: application, flags and counter are signed, and the application is any', async () => {
      const sk = await authenticator(type, inner, 'example.com')
      const signature = await sk.plain()
      await verify(sk.publicKey, signature)
      const at = sk.publicKey.blob.length
      const other = decodePublicKey(flipped(sk.publicKey.blob, 8 * (at - 1)), { types })
      await assert.rejects(verify(other, signature), badSignature)
      // Flags and counter are the last five octets; bit 0 stays, so that the arithmetic decides.
      for (let bit = 1; bit < 40; bit++) {
        const turned = flipped(signature, 8 * (signature.length - 5) + bit)
        await assert.rejects(verify(sk.publicKey, turned), badSignature, `${bit}`)
      }
    })

    it('refuses a NUL in the application, and what its own type would refuse', () => {
      const point = ecdsaP256 === inner ? new Uint8Array(65).fill(4) : new Uint8Array(31)
      const start = ecdsaP256 === inner ? ['nistp256'] : []
      assert.throws(() => decodePublicKey(blobOf(type.name, ...start, point, 'ssh:'), { types }), badValue)
      const good = publicKeyOf(inner === ed25519 ? 'ed25519-sk' : 'ecdsa-sk').blob
      assert.throws(() => decodePublicKey(flippedToNul(good), { types }), badValue)
    })

    it('truncated at every octet and flipped at every bit, a signature gives coded errors alone', async () => {
      const sk = await authenticator(type, inner)
      const signature = await sk.plain()
      for (let end = 0; end < signature.length; end++) {
        assert.ok((await failure(() => verify(sk.publicKey, signature.subarray(0, end)))) instanceof SshError)
      }
      await assert.rejects(verify(sk.publicKey, concat(signature, utf8('x'))), { code: 'trailing-bytes' })
      for (let bit = 0; bit < signature.length * 8; bit += 3) {
        assert.ok((await failure(() => verify(sk.publicKey, flipped(signature, bit)))) instanceof SshError)
      }
    })

    it('is neither made nor signed with: a security key does that', async () => {
      const name = inner === ed25519 ? 'ed25519-sk' : 'ecdsa-sk'
      const key = await privateKeyOf(name)
      await assert.rejects(key.sign(data), { name: 'UnsupportedError', code: 'unsupported-algorithm' })
      await assert.rejects(generatePrivateKey(type), { name: 'UnsupportedError', code: 'unsupported-type' })
      const { flags, handle, reserved, application } = key.exposeComponents()
      assert.deepEqual([...flags!], [1])
      assert.ok(handle!.length > 0)
      assert.equal(reserved!.length, 0)
      assert.equal(new TextDecoder().decode(application), inner === ed25519 ? 'ssh:' : 'ssh:example')
      key.wipe()
      assert.ok(handle!.every((octet) => octet === 0))
    })
  })
}

/** The last octet of a blob set to 0. */
function flippedToNul(blob: Uint8Array): Uint8Array {
  const out = blob.slice()
  out[out.length - 1] = 0
  return out
}

describe('signatures of ssh-keygen', () => {
  it('without a touch are refused by default', async () => {
    const { signature, signed } = openSshsig(file('no-touch.sig'), message)
    const key = publicKeyOf('no-touch')
    await assert.rejects(verifySignature(key, signature, signed, { types }), { code: 'touch-required' })
    assert.equal((await verifySignature(key, signature, signed, { types, touchRequired: false })).userPresent, false)
  })

  it('of ordinary keys know neither touch nor PIN', async () => {
    const key = await generatePrivateKey(ed25519)
    const policy = { types, touchRequired: true, pinRequired: true }
    const facts = await verifySignature(key.publicKey, await key.sign(data), data, policy)
    assert.deepEqual(facts, { algorithm: 'ssh-ed25519' })
  })
})

describe(WEBAUTHN, () => {
  const origin = 'https://example.com'
  const challenge = encodeBase64(data).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const clientData = (over: { type?: string; challenge?: string; origin?: string; rest?: string } = {}) =>
    `{"type":"${over.type ?? 'webauthn.get'}","challenge":"${over.challenge ?? challenge}","origin":"${over.origin ?? origin}"${over.rest ?? ',"crossOrigin":false}'}`

  interface Choice {
    readonly flags?: number
    readonly origin?: string
    readonly client?: string
    readonly extensions?: Uint8Array
    /** What the signature blob says instead, unsigned. */
    readonly claimed?: { readonly origin?: string; readonly client?: string; readonly extensions?: Uint8Array }
  }
  async function outcome(choice: Choice = {}) {
    const sk = await authenticator(skEcdsaP256, ecdsaP256, 'example.com')
    const client = utf8(choice.client ?? clientData())
    const extensions = choice.extensions ?? new Uint8Array(0)
    const signed = concat(extensions, sha256.digest(client))
    const head = await sk.sign(choice.flags ?? 5, 3, signed, WEBAUTHN)
    const { claimed = {} } = choice
    const blob = new Writer()
      .raw(head)
      .string(claimed.origin ?? choice.origin ?? origin)
      .string(claimed.client === undefined ? client : utf8(claimed.client))
      .string(claimed.extensions ?? extensions)
      .take()
    return verifySignature(sk.publicKey, blob, data, { types })
  }

  it('tells the origin beside counter and flags, whatever follows it in the client data', async () => {
    const expected = { algorithm: WEBAUTHN, counter: 3, userPresent: true, userVerified: true, origin }
    assert.deepEqual(await outcome(), expected)
    for (const rest of ['', '}', ',"other_keys_can_be_added_here":"…"}', 'anything']) {
      assert.deepEqual(await outcome({ client: clientData({ rest }) }), expected, rest)
    }
  })

  it('trap 34: the client data begins with type, challenge and origin, to the octet', async () => {
    for (const over of [
      { type: 'webauthn.create' },
      { challenge: `${challenge}=` },
      { challenge: challenge.slice(0, -1) },
      { challenge: encodeBase64(utf8('another message')) },
      { origin: 'https://example.net' },
      { origin: `${origin}.evil` },
    ]) {
      await assert.rejects(outcome({ client: clientData(over) }), badSignature, JSON.stringify(over))
    }
    await assert.rejects(outcome({ client: ` ${clientData()}` }), badSignature)
    await assert.rejects(outcome({ client: clientData().replace('":"', '": "') }), badSignature)
    await assert.rejects(outcome({ client: clientData().slice(0, 60) }), badSignature)
    await assert.rejects(outcome({ client: '' }), badSignature)
  })

  it('trap 34: an origin has no quotation mark', async () => {
    const bad = `${origin}","x":"`
    await assert.rejects(outcome({ origin: bad, client: clientData({ origin: bad }) }), badValue)
    await assert.rejects(outcome({ origin: 'a\0', client: clientData({ origin: 'a\0' }) }), badValue)
  })

  it('trap 34: no attested data, and extensions if and only if their flag is set', async () => {
    const extensions = utf8('\xa0')
    await assert.rejects(outcome({ flags: 0x41 }), badValue)
    await assert.rejects(outcome({ flags: 0x81 }), badValue)
    await assert.rejects(outcome({ flags: 1, extensions }), badValue)
    assert.equal((await outcome({ flags: 0x81, extensions })).origin, origin)
  })

  it('what is claimed and not signed is refused', async () => {
    await assert.rejects(outcome({ claimed: { client: clientData({ rest: '' }) } }), badSignature)
    await assert.rejects(outcome({ claimed: { origin: 'https://example.net' } }), badSignature)
    await assert.rejects(
      outcome({ flags: 0x81, extensions: utf8('a'), claimed: { extensions: utf8('b') } }),
      badSignature,
    )
  })

  it('without a touch it is refused', async () => {
    await assert.rejects(outcome({ flags: 4 }), { code: 'touch-required' })
  })

  it('is an algorithm of ECDSA keys, and no type of keys', async () => {
    assert.ok(!skEd25519.algorithms.includes(WEBAUTHN))
    const { blob } = publicKeyOf('ecdsa-sk')
    const inside = concat(blobOf(WEBAUTHN), blob.subarray(4 + skEcdsaP256.name.length))
    assert.throws(() => decodePublicKey(inside, { types }), { code: 'type-mismatch' })
  })

  it('algorithms may be narrowed to it, or to all but it', async () => {
    const { signature, signed } = openSshsig(file('ecdsa-sk.sig'), message)
    const key = publicKeyOf('ecdsa-sk')
    const only = { types, algorithms: [WEBAUTHN] }
    await assert.rejects(verifySignature(key, signature, signed, only), { code: 'algorithm-not-allowed' })
  })
})
