/** Keys in security keys: files and signatures of ssh-keygen with a software one, and its verdict on WebAuthn. */

import assert from 'node:assert/strict'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  checkCertificate,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  verify,
} from '../../src/index.ts'
import { decodePublicKey, ecdsaP256, generatePrivateKey, skEcdsaP256, skEd25519 } from '../../src/keys/index.ts'
import { encodeArmor } from '../../src/wire/armor.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { openSshsig } from '../keys/types/set.ts'
import { concat, utf8 } from '../support/bytes.ts'
import { envelopeOf } from '../support/openssh.ts'
import { mustSid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, put, run } from './support.ts'

const ready = softwareSecurityKey !== undefined
const message = utf8('a message\n')

/** The ways to ask for a key, and what its signatures then say. */
const choices: readonly (readonly [args: readonly string[], touched: boolean])[] = [
  [[], true],
  [['-O', 'application=ssh:elsewhere'], true],
  [['-O', 'no-touch-required'], false],
]

for (const type of [skEd25519, skEcdsaP256]) {
  withSid(
    `${type.alias}: its files are read, written byte for byte, and sign as before`,
    async () => {
      for (const [args, touched] of choices) {
        const path = fresh(type.alias)
        await mustSid('ssh-keygen', ['-q', '-t', type.alias, ...args, '-N', '', '-C', 'c', '-f', path])
        const key = await parsePrivateKey(get(path))
        assert.deepEqual(parsePublicKey(get(`${path}.pub`)), key.publicKey)
        const shown = await mustSid('ssh-keygen', ['-l', '-f', `${path}.pub`])
        assert.equal(shown, `256 ${fingerprint(key)} c (${type.title})\n`)

        const check = envelopeOf(get(path)).section.slice(0, 4)
        const ours = await formatPrivateKey(key, { random: () => check })
        assert.equal(ours, new TextDecoder().decode(get(path)))

        // Encrypted by us, it is still a key that ssh-keygen signs with; the signature is ours to verify.
        const locked = put(await formatPrivateKey(key, { passphrase: 'p', rounds: 1 }), 'locked')
        await mustSid('ssh-keygen', ['-q', '-p', '-P', 'p', '-N', '', '-f', locked])
        const signed = put(message, 'message')
        await mustSid('ssh-keygen', ['-Y', 'sign', '-f', locked, '-n', 'file', signed])
        const sig = openSshsig(get(`${signed}.sig`), message)
        assert.deepEqual(sig.key, key.publicKey.blob)
        const facts = await verify(key.publicKey, sig.signature, sig.signed, { touchRequired: false })
        assert.deepEqual([facts.algorithm, facts.userPresent, facts.userVerified], [type.name, touched, false])
        assert.equal(typeof facts.counter, 'number')
        const byDefault = verify(key.publicKey, sig.signature, sig.signed)
        if (touched) await byDefault
        else await assert.rejects(byDefault, { code: 'touch-required' })
      }
    },
    ready,
  )

  withSid(
    `${type.alias}: certificates by and for it`,
    async () => {
      const path = fresh(type.alias)
      await mustSid('ssh-keygen', ['-q', '-t', type.alias, '-O', 'no-touch-required', '-N', '', '-f', path])
      const subject = await generateKey()
      const line = put(formatPublicKey(subject.publicKey), 'subject')
      await mustSid('ssh-keygen', [
        '-q',
        '-s',
        path,
        '-I',
        'id',
        '-n',
        'alice',
        '-V',
        '20200101000000:20400101000000',
        line,
      ])
      const publicKey = parsePublicKey(get(`${path}.pub`))
      const policy = { kind: 'user', authorities: [publicKey], principal: 'alice', time: 1_700_000_000 } as const
      const facts = await checkCertificate(parseCertificate(get(`${line}-cert.pub`)), policy)
      assert.equal(facts.signatureAlgorithm, type.name)

      const certificate = await issueCertificate(
        { kind: 'user', publicKey, keyId: 'by us', principals: ['alice'], validAfter: 0, validBefore: 2e9 },
        subject,
      )
      const shown = await mustSid('ssh-keygen', ['-L', '-f', put(formatCertificate(certificate), 'cert')])
      assert.ok(shown.includes(`Type: ${type.certName} user certificate`), shown)
      assert.ok(shown.includes(`${type.title}-CERT ${fingerprint(publicKey)}`), shown)
    },
    ready,
  )
}

/** One WebAuthn signature: what is different from a good one. */
interface Assertion {
  readonly name: string
  readonly flags?: number
  readonly origin?: string
  /** Turns the JSON text into another, which is signed. */
  readonly client?: (text: string) => string
  readonly extensions?: string
  /** Turns the blob into another, unsigned. */
  readonly blob?: (blob: Uint8Array) => Uint8Array
  readonly algorithm?: string
}

const assertions: readonly Assertion[] = [
  { name: 'good' },
  { name: 'not touched', flags: 0 },
  { name: 'PIN', flags: 5 },
  { name: 'nothing after the origin', client: (text) => text.replace(/,"crossOrigin".*/, '') },
  { name: 'another member', client: (text) => text.replace('}', ',"extra":1}') },
  { name: 'created', client: (text) => text.replace('.get', '.create') },
  { name: 'white space', client: (text) => text.replace(',"origin"', ', "origin"') },
  { name: 'padded challenge', client: (text) => text.replace('","origin"', '=","origin"') },
  { name: 'another challenge', client: (text) => text.replace(/"challenge":"../, '"challenge":"AA') },
  { name: 'another origin', client: (text) => text.replace('example.com', 'example.net') },
  { name: 'longer origin inside', client: (text) => text.replace('example.com', 'example.com.evil') },
  { name: 'empty origin', origin: '' },
  { name: 'origin with a quotation mark', origin: 'https://a","b":"c' },
  { name: 'origin that is not ASCII', origin: 'https://exämple.com' },
  { name: 'attested data', flags: 0x41 },
  { name: 'flag for extensions without any', flags: 0x81 },
  { name: 'extensions without their flag', extensions: 'x' },
  { name: 'extensions', flags: 0x81, extensions: 'x' },
  { name: 'trailing octet', blob: (blob) => concat(blob, utf8('x')) },
  { name: 'missing octet', blob: (blob) => blob.subarray(0, -1) },
  { name: 'the plain algorithm', algorithm: skEcdsaP256.name },
  { name: 'unknown algorithm', algorithm: 'webauthn-sk-ssh-ed25519@openssh.com' },
]

interop('ssh-keygen and we say the same of WebAuthn signatures', ['ssh-keygen'], async () => {
  const key = await generatePrivateKey(ecdsaP256)
  const fields = new Reader(key.publicKey.blob)
  fields.string('type')
  const application = 'example.com'
  const publicBlob = new Writer().string(skEcdsaP256.name).raw(fields.rest()).string(application).take()
  const publicKey = decodePublicKey(publicBlob, { types: [skEcdsaP256] })

  const digest = sha256.digest(message)
  const sshsig = new Writer().raw(utf8('SSHSIG'))
  const toSign = sshsig.string('file').string('').string('sha256').string(digest).take()
  const base64url = encodeBase64(toSign).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

  const accepted: string[] = []
  for (const assertion of assertions) {
    const { flags = 1, origin = 'https://example.com', extensions = '', client = (text: string) => text } = assertion
    const text = `{"type":"webauthn.get","challenge":"${base64url}","origin":"${origin}","crossOrigin":false}`
    const clientData = utf8(client(text))
    const signed = new Writer()
      .raw(sha256.digest(utf8(application)))
      .u8(flags)
      .u32(3)
    const signature = await key.sign(signed.raw(utf8(extensions)).raw(sha256.digest(clientData)).take())
    const inner = new Reader(signature.blob)
    inner.string('algorithm')
    const whole = new Writer()
      .string(assertion.algorithm ?? 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com')
      .string(inner.string('value'))
      .u8(flags)
      .u32(3)
      .string(origin)
      .string(clientData)
      .string(extensions)
      .take()
    const blob = assertion.blob ? assertion.blob(whole) : whole
    const file = new Writer().raw(utf8('SSHSIG')).u32(1).string(publicBlob).string('file').string('')
    const armor = encodeArmor('SSH SIGNATURE', file.string('sha256').string(blob).take(), 70)
    const args = ['-Y', 'check-novalidate', '-n', 'file', '-s', put(armor, 'sig')]
    const theirs = (await run('ssh-keygen', args, message)).code === 0
    // ssh-keygen leaves touch to the caller.
    const ours = await verify(publicKey, blob, toSign, { touchRequired: false }).then(
      () => true,
      () => false,
    )
    assert.equal(ours, theirs, assertion.name)
    if (ours) accepted.push(assertion.name)
  }
  assert.deepEqual(accepted, [
    'good',
    'not touched',
    'PIN',
    'nothing after the origin',
    'another member',
    'empty origin',
    'origin that is not ASCII',
    'extensions',
  ])
})
