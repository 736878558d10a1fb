/** The corpus beside the repository, where it is: every entry of these key types in the formats that every key has. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseCertificate, verifyCertificateSignature } from '../../../src/cert/index.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { SshError } from '../../../src/errors.ts'
import { fingerprint } from '../../../src/fingerprint/index.ts'
import { opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey } from '../../../src/formats/index.ts'
import {
  allTypes,
  decodePublicKey,
  dss,
  mldsa44Ed25519,
  mldsa44Ed25519Experimental,
  needType,
  type PublicKey,
  publicComponents,
  type SignatureFacts,
  skEcdsaP256,
  skEd25519,
  verifySignature,
} from '../../../src/keys/index.ts'
import { encodeBase64 } from '../../../src/wire/base64.ts'
import { hex } from '../../support/bytes.ts'
import { failure } from '../../support/keys.ts'
import { openSshsig } from './set.ts'

interface Entry {
  readonly path: string
  readonly kind: string
  readonly format?: string
  readonly passphrase?: string
  readonly kdf?: { readonly rounds: number }
  readonly message?: string
  readonly expect?: Expect
  readonly upstream?: { readonly verifies?: boolean; readonly message?: string }
  readonly oracle?: Expect
}
interface Expect {
  readonly load?: boolean
  readonly valid?: boolean
  readonly bits?: number
  readonly fingerprint?: string
  readonly fingerprints?: { readonly sha256: string }
  readonly comment?: string
  readonly fields?: Readonly<Record<string, unknown>>
}

const types = allTypes
const ours = [skEd25519, skEcdsaP256, dss, mldsa44Ed25519, mldsa44Ed25519Experimental]
/** The caller names all algorithms: these are tests of types, not of policy. */
const algorithms = types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
const root = new URL('../../../../shared/vectors/', import.meta.url)
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, root)))
const json = (path: string): Entry[] => JSON.parse(new TextDecoder().decode(read(path)))

if (!existsSync(new URL('made/manifest.json', root))) {
  it('the corpus', (t) => {
    console.log('NOT TESTED: the corpus of key types: ../shared/vectors is not here')
    t.skip('../shared/vectors is not here')
  })
} else {
  run('made', json('made/manifest.json'))
  run('fetched', json('fetched/index.json'))
  golang()
  latest()
}

function isOurs(name: unknown): boolean {
  return ours.some((type) => type.name === name || type.certName === name)
}

function run(folder: string, all: readonly Entry[]): void {
  const load = (entry: Entry) => read(`${folder}/${entry.path}`)
  const facts = (entry: Entry): Expect => ({ ...entry.oracle, ...entry.expect })
  const typeOf = (entry: Entry) => (entry as { keyType?: string }).keyType
  const publicOf = (bytes: Uint8Array) => parsePublicKey(bytes, { types, formats: [opensshPublic] })

  describe(`${folder}: public lines`, () => {
    const lines = all.filter(
      (e) =>
        e.kind === 'public-line' && e.expect?.load !== false && isOurs(new TextDecoder().decode(load(e)).split(' ')[0]),
    )
    it(`${lines.length} of them`, () => {
      assert.ok(lines.length > 5)
      for (const entry of lines) {
        const { bits, comment, fingerprints, fingerprint: plain } = facts(entry)
        const text = new TextDecoder().decode(load(entry))
        if (text.split(' ')[0]!.includes('-cert')) continue
        const key = publicOf(load(entry))
        const type = needType(ours, key.type)
        assert.equal(fingerprint(key, { hash: sha256 }), fingerprints?.sha256 ?? plain, entry.path)
        if (comment !== undefined) assert.equal(key.comment, comment, entry.path)
        if (bits !== undefined) assert.equal(type.bits(publicComponents(key, type)), bits, entry.path)
        assert.ok(opensshPublic.format(key, { types }).startsWith(text.trimEnd()), entry.path)
      }
    })
  })

  describe(`${folder}: private keys`, () => {
    const files = all.filter((e) => e.kind === 'private-key' && e.format === 'openssh-key-v1' && isOurs(typeOf(e)))
    it(`${files.length} of them`, async () => {
      assert.ok(files.length > 5)
      for (const entry of files) {
        const { fingerprint: print, comment } = facts(entry)
        const options = { types, formats: [opensshPrivate] }
        const key = await parsePrivateKey(load(entry), { ...options, passphrase: entry.passphrase })
        assert.equal(fingerprint(key, { hash: sha256 }), print, entry.path)
        if (comment !== undefined) assert.equal(key.comment, comment, entry.path)
        if (entry.passphrase === undefined) continue
        const required = await failure(() => parsePrivateKey(load(entry), options))
        assert.equal((required as SshError).code, 'passphrase-required', entry.path)
        if (entry.kdf?.rounds !== 1) continue
        const wrong = parsePrivateKey(load(entry), { ...options, passphrase: `${entry.passphrase}.` })
        await assert.rejects(wrong, { code: 'passphrase-wrong' }, entry.path)
      }
    })
  })

  describe(`${folder}: certificates`, () => {
    const files = all.filter((e) => {
      const { fields } = facts(e)
      return e.kind === 'certificate' && fields !== undefined && (isOurs(fields.keyType) || isOurs(fields.caKeyType))
    })
    it(`${files.length} of them`, async () => {
      assert.ok(files.length > 3)
      for (const entry of files) {
        const fields = facts(entry).fields!
        const certificate = parseCertificate(load(entry), { types })
        assert.deepEqual(
          {
            certType: certificate.type,
            keyType: certificate.publicKey.type,
            subjectFingerprint: fingerprint(certificate, { hash: sha256 }),
            caKeyType: certificate.authority.type,
            caFingerprint: fingerprint(certificate.authority, { hash: sha256 }),
            serial: `${certificate.serial}`,
            keyId: certificate.keyId,
            principals: certificate.principals,
            signatureAlgorithm: certificate.signature.algorithm,
            signedLength: certificate.signedLength,
          },
          Object.fromEntries(
            'certType keyType subjectFingerprint caKeyType caFingerprint serial keyId principals signatureAlgorithm signedLength'
              .split(' ')
              .map((name) => [name, fields[name]]),
          ),
          entry.path,
        )
        await verifyCertificateSignature(certificate, { types, algorithms })
      }
    })
  })

  describe(`${folder}: signatures`, () => {
    const files = all.filter((e) => e.kind === 'sshsig' && isOurs(facts(e).fields?.publicKeyType))
    it(`${files.length} of them`, async () => {
      assert.ok(files.length > 2)
      for (const entry of files) {
        const message = read(`${folder}/${entry.message ?? entry.upstream!.message}`)
        const { key, signature, signed } = openSshsig(load(entry), message)
        const publicKey = keyOf(key)
        // OpenSSH 10.5 knows no DSA at all; 9.2 made that one.
        const valid = publicKey.type === dss.name || (facts(entry).valid ?? entry.upstream?.verifies)
        const policy = { types, algorithms, touchRequired: false }
        if (!valid) {
          const error = await failure(() => verifySignature(publicKey, signature, signed, policy))
          assert.ok(error instanceof SshError, entry.path)
          continue
        }
        const found = await verifySignature(publicKey, signature, signed, policy)
        assert.equal(found.algorithm, facts(entry).fields!.signatureAlgorithm, entry.path)
        await checkPolicy(entry.path, publicKey, signature, signed, found)
      }
    })
  })
}

/** The plain key of a blob that is a key or a certificate. */
function keyOf(blob: Uint8Array): PublicKey {
  const name = new TextDecoder().decode(blob.subarray(4, 4 + blob[3]!))
  if (!name.includes('-cert')) return decodePublicKey(blob, { types })
  return parseCertificate(`${name} ${encodeBase64(blob)}\n`, { types }).publicKey
}

/** By default a security key must have been touched. */
async function checkPolicy(
  path: string,
  key: PublicKey,
  signature: Uint8Array,
  signed: Uint8Array,
  found: SignatureFacts,
): Promise<void> {
  const isSecurityKey = key.type.startsWith('sk-')
  assert.equal(found.counter !== undefined, isSecurityKey, path)
  assert.equal(found.userPresent, isSecurityKey ? !/no-presence|flags-0/.test(path) : undefined, path)
  assert.equal(found.origin !== undefined, found.algorithm.startsWith('webauthn-'), path)
  const strict = verifySignature(key, signature, signed, { types, algorithms })
  if (found.userPresent === false) await assert.rejects(strict, { code: 'touch-required' })
  else await strict
}

/** A signature of a real security key, hexadecimal within hexadecimal. */
function golang(): void {
  it('golang/crypto: the signature of a real security key', async () => {
    const folder = 'fetched/golang-crypto/sk/sk-ssh-ed25519'
    const line = new TextDecoder().decode(read(`${folder}.pub`))
    const text = JSON.parse(new TextDecoder().decode(read(`${folder}.json`))) as Record<string, string>
    const twice = (name: string) => hex(new TextDecoder().decode(hex(text[name]!)))
    const key = parsePublicKey(line, { types, formats: [opensshPublic] })
    const signature = twice('HexSignature').subarray(4)
    const facts = await verifySignature(key, signature, twice('HexData'), { types })
    assert.equal(facts.userPresent, true)
    assert.ok(facts.counter! > 0)
  })
}

function latest(): void {
  describe('made by OpenSSH 10.6', () => {
    const file = (name: string) => read(`made/openssh-10.6/${name}`)
    const print = 'SHA256:HzVPKO2UZUZNTGWT7W7eewjM+XIyfuphKI917/mND0c'

    it('keys, plain and encrypted', async () => {
      const options = { types, formats: [opensshPrivate] }
      const plain = await parsePrivateKey(file('m1'), options)
      const locked = await parsePrivateKey(file('m1_pw'), { ...options, passphrase: 'pass106' })
      for (const key of [plain, locked, parsePublicKey(file('m1.pub'), { types, formats: [opensshPublic] })]) {
        assert.equal(fingerprint(key, { hash: sha256 }), print)
      }
      await assert.rejects(parsePrivateKey(file('m1_pw'), { ...options, passphrase: 'pass105' }), {
        code: 'passphrase-wrong',
      })
    })

    it('certificates', async () => {
      const mine = parseCertificate(file('m1-cert.pub'), { types })
      assert.deepEqual([mine.type, mine.keyId, ...mine.principals], ['ssh-mldsa44-ed25519-cert', 'x', 'bob'])
      assert.equal(fingerprint(mine, { hash: sha256 }), print)
      await verifyCertificateSignature(mine, { types })
      const other = parseCertificate(file('ed25519-by-mldsa-cert.pub'), { types })
      assert.deepEqual([other.keyId, other.serial, ...other.principals], ['y', 7n, 'carol'])
      assert.equal(fingerprint(other.authority, { hash: sha256 }), print)
      await verifyCertificateSignature(other, { types })
    })

    it('signature', async () => {
      const { key, signature, signed } = openSshsig(file('msg.sig'), file('msg'))
      assert.equal((await verifySignature(keyOf(key), signature, signed, { types })).algorithm, mldsa44Ed25519.name)
    })
  })
}
