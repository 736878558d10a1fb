import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { issueCertificate, verifyCertificateSignature } from '../../src/cert/index.ts'
import { LimitError, SignerError, SshError, UnsupportedError } from '../../src/errors.ts'
import { parsePublicKey, spki } from '../../src/formats/index.ts'
import { allTypes, ed25519, type PublicKey, rsa, type Signer, verifySignature } from '../../src/keys/index.ts'
import {
  awsKms,
  azureKeyVault,
  type Fetch,
  googleKms,
  KmsError,
  type KmsService,
  type KmsSignerOptions,
  kmsSigner,
} from '../../src/signers/index.ts'
import { utf8 } from '../support/bytes.ts'
import { failure, publicKey } from '../support/keys.ts'
import {
  awsAlias,
  awsArn,
  awsKeyId,
  azureKeyName,
  azureVersion,
  castagnoli,
  googleKeyVersion,
  heldKey,
  type KmsKeyName,
  type KmsServer,
  type Reply,
  startKms,
} from '../support/kms-server.ts'

const types = allTypes
const data = utf8('hello')
const region = 'eu-central-1'

/** The platform's `fetch` is one. */
const plain: Fetch = fetch
const withToken: Fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer token-of-the-caller' } })

type ServiceName = 'aws' | 'azure' | 'google'

const services: Readonly<Record<ServiceName, (server: KmsServer) => KmsService>> = {
  aws: ({ url }) => awsKms({ endpoint: url, region, keyId: awsKeyId }),
  azure: ({ url }) => azureKeyVault({ vaultUrl: url, keyName: azureKeyName }),
  google: ({ url }) => googleKms({ endpoint: url, keyVersion: googleKeyVersion }),
}
const serviceNames: readonly ServiceName[] = ['aws', 'azure', 'google']

const held: Readonly<Record<ServiceName, readonly KmsKeyName[]>> = {
  aws: ['rsa', 'p256', 'p384', 'p521', 'ed25519'],
  azure: ['rsa', 'p256', 'p384', 'p521'],
  google: ['rsa', 'p256', 'p384', 'ed25519'],
}

/** Octets of a JSON answer in base64 or base64url. */
const signatureMember: Readonly<Record<ServiceName, string>> = { aws: 'Signature', azure: 'value', google: 'signature' }

function publicOf(key: KeyObject): PublicKey {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return parsePublicKey(new Uint8Array(der), { types, formats: [spki] })
}

let server: KmsServer
before(async () => {
  server = await startKms(heldKey('rsa'))
})
after(() => server.close())

/** The server anew, with that key. */
function holding(name: KmsKeyName, googleAlgorithm?: string): void {
  server.key = heldKey(name)
  server.asked.length = 0
  server.allow = ({ headers }) => headers.authorization === 'Bearer token-of-the-caller'
  server.tamper = (reply) => reply
  const ec = { p256: 'EC_SIGN_P256_SHA256', p384: 'EC_SIGN_P384_SHA384', p521: '', ed25519: 'EC_SIGN_ED25519' }
  server.googleAlgorithm = googleAlgorithm ?? (name === 'rsa' ? 'RSA_SIGN_PKCS1_2048_SHA256' : ec[name])
}

function signerBy(name: ServiceName, more: Partial<KmsSignerOptions> = {}): Promise<Signer> {
  return kmsSigner({ service: services[name](server), fetch: withToken, types, ...more })
}

/** What every refusal here is: coded, of the class that callers look for, and without what nobody should read. */
async function refused(work: () => Promise<unknown>, code = 'signer-failed'): Promise<KmsError> {
  const error = await failure(work)
  assert.ok(error instanceof KmsError && error instanceof SignerError && error instanceof SshError, String(error))
  assert.equal(error.code, code, error.message)
  assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /token-of-the-caller|secret-person/)
  return error
}

for (const service of serviceNames) {
  describe(`${service}: signs`, () => {
    for (const name of held[service]) {
      test(`with ${name}, by every algorithm`, async () => {
        const hashes = service === 'google' && name === 'rsa' ? ['256', '512'] : ['']
        for (const hash of hashes) {
          holding(name, hash ? `RSA_SIGN_PKCS1_2048_SHA${hash}` : undefined)
          const signer = await signerBy(service, { comment: 'authority@example' })
          assert.deepEqual(signer.publicKey, { ...publicOf(heldKey(name)), comment: 'authority@example' })
          const rsaAlgorithms = hash ? [`rsa-sha2-${hash}`] : ['rsa-sha2-512', 'rsa-sha2-256']
          assert.deepEqual(signer.algorithms, name === 'rsa' ? rsaAlgorithms : [signer.publicKey.type])
          for (const algorithm of signer.algorithms) {
            // Several, since r and s are shorter now and then.
            for (let i = 0; i < 4; i++) {
              const message = Uint8Array.of(i)
              const signature = await signer.sign(message, { algorithm })
              const policy = { types, algorithms: [algorithm] }
              const facts = await verifySignature(signer.publicKey, signature, message, policy)
              assert.equal(facts.algorithm, algorithm)
            }
          }
          const request = { kind: 'user', publicKey: publicKey('ed25519'), keyId: 'k', principals: ['alice'] } as const
          const certificate = await issueCertificate({ ...request, validAfter: 0, validBefore: 10 }, signer, { types })
          await verifyCertificateSignature(certificate, { types })
          assert.deepEqual(certificate.authority.blob, signer.publicKey.blob)
        }
      })
    }
  })
}

describe('what is asked', () => {
  test('the public key once, each signature once, and never more than a digest where that is enough', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const signer = await signerBy(service)
      assert.equal(server.asked.length, 1)
      await signer.sign(utf8('nobody but us reads this'))
      await signer.sign(data)
      assert.equal(server.asked.length, 3)
      assert.ok(server.asked.every(({ body }) => !body.includes(Buffer.from('nobody but us').toString('base64'))))
      assert.ok(server.asked.every(({ headers }) => headers.accept === 'application/json'))
    }
  })

  test('AWS: by id, ARN, alias and alias ARN, which is sent as it was given', async () => {
    holding('p256')
    for (const keyId of [awsKeyId, awsArn, awsAlias]) {
      server.asked.length = 0
      const signer = await signerBy('aws', { service: awsKms({ endpoint: `${server.url}/`, region, keyId }) })
      await signer.sign(data)
      assert.deepEqual(
        server.asked.map(({ body }) => JSON.parse(body).KeyId),
        [keyId, keyId],
      )
    }
    const other = awsKms({ endpoint: server.url, region, keyId: '1234abcd-0000-34cd-56ef-1234567890ab' })
    const error = await refused(() => signerBy('aws', { service: other }), 'signer-not-found')
    assert.deepEqual([error.status, error.serviceCode], [400, 'NotFoundException'])
  })

  test('AWS: what Ed25519 signs as a whole is at most 4096 octets, and nothing longer is sent', async () => {
    holding('ed25519')
    const signer = await signerBy('aws')
    await signer.sign(new Uint8Array(4096))
    const before = server.asked.length
    const error = await failure(() => signer.sign(new Uint8Array(4097)))
    assert.ok(error instanceof LimitError && error.code === 'limit')
    assert.equal(server.asked.length, before)
    holding('p256')
    await (await signerBy('aws')).sign(new Uint8Array(100_000))
  })

  test('Azure: the version that the public key is of, though a newer one may be there by then', async () => {
    for (const keyVersion of [undefined, azureVersion]) {
      holding('p256')
      const service = azureKeyVault({ vaultUrl: `${server.url}/`, keyName: azureKeyName.toLowerCase(), keyVersion })
      await (await signerBy('azure', { service })).sign(data)
      assert.deepEqual(
        server.asked.map(({ path }) => path),
        [
          `/keys/${azureKeyName.toLowerCase()}/${keyVersion ?? ''}?api-version=7.4`,
          `/keys/${azureKeyName.toLowerCase()}/${azureVersion}/sign?api-version=7.4`,
        ],
      )
    }
  })

  test('the algorithms that the caller wants, as far as the service makes them', async () => {
    holding('rsa', 'RSA_SIGN_PKCS1_2048_SHA256')
    const algorithms = ['rsa-sha2-256', 'rsa-sha2-512']
    assert.deepEqual((await signerBy('aws', { algorithms })).algorithms, algorithms)
    assert.deepEqual((await signerBy('azure', { algorithms })).algorithms, algorithms)
    assert.deepEqual((await signerBy('google', { algorithms })).algorithms, ['rsa-sha2-256'])
    for (const service of serviceNames) {
      const legacy = await failure(() => signerBy(service, { algorithms: ['ssh-rsa'] }))
      assert.ok(legacy instanceof UnsupportedError && legacy.code === 'unsupported-algorithm', String(legacy))
      const none = await failure(() => signerBy(service, { algorithms: ['rsa-sha2-384'] }))
      assert.ok(none instanceof UnsupportedError && none.code === 'unsupported-algorithm', String(none))
      const signer = await signerBy(service, { algorithms: ['rsa-sha2-256'] })
      const before = server.asked.length
      const other = await failure(() => signer.sign(data, { algorithm: 'rsa-sha2-512' }))
      assert.ok(other instanceof UnsupportedError && other.code === 'unsupported-algorithm', String(other))
      assert.equal(server.asked.length, before)
    }
  })

  test('what the caller writes into the message meanwhile is not signed', async () => {
    holding('ed25519')
    const signer = await signerBy('aws')
    const message = utf8('what was asked for')
    const signing = signer.sign(message)
    message.fill(0)
    await verifySignature(signer.publicKey, await signing, utf8('what was asked for'), { types })
  })
})

describe('which key it is', () => {
  test('the public key given is compared; its comment and a certificate go along', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const expected = { ...publicOf(server.key), comment: 'as given' }
      const signer = await signerBy(service, { publicKey: expected })
      assert.deepEqual(signer.publicKey, expected)
      assert.equal((await signerBy(service, { publicKey: expected, comment: 'other' })).publicKey.comment, 'other')
      const request = { kind: 'user', publicKey: expected, keyId: 'k', principals: ['a'] } as const
      const certificate = await issueCertificate({ ...request, validAfter: 0, validBefore: 1 }, signer, { types })
      assert.equal((await signerBy(service, { certificate })).certificate, certificate)
      assert.equal(signer.certificate, undefined)
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      await refused(() => signerBy(service, { publicKey: publicOf(privateKey) }))
      await refused(() => signerBy(service, { publicKey: publicOf(heldKey('rsa')) }))
    }
  })

  test('of a type that was not handed in', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const error = await failure(() => signerBy(service, { types: [rsa, ed25519] }))
      assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-type', String(error))
    }
  })

  test('keys that make nothing of SSH are refused by the name of what they make', async () => {
    for (const algorithm of [
      'RSA_SIGN_PSS_2048_SHA256',
      'RSA_SIGN_RAW_PKCS1_2048',
      'RSA_SIGN_PKCS1_2048_SHA1',
      'RSA_DECRYPT_OAEP_2048_SHA256',
      'x'.repeat(5000),
    ]) {
      holding('rsa', algorithm)
      const error = await failure(() => signerBy('google'))
      assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-algorithm', String(error))
      assert.ok(error.message.includes(algorithm.slice(0, 64)) && error.message.length < 300, error.message)
    }
    holding('rsa')
    server.tamper = (reply) => ({ ...reply, body: { ...reply.body, SigningAlgorithms: ['RSASSA_PSS_SHA_256'] } })
    const pss = await failure(() => signerBy('aws'))
    assert.ok(pss instanceof UnsupportedError && pss.message.includes('RSASSA_PSS_SHA_256'), String(pss))
    holding('p521', 'EC_SIGN_P521_SHA512')
    const p521 = await failure(() => signerBy('google'))
    assert.ok(p521 instanceof UnsupportedError && p521.code === 'unsupported-algorithm', String(p521))
    holding('p256')
    server.tamper = (reply) => {
      const { key } = reply.body
      return { ...reply, body: { key: { ...key, crv: 'P-256K' } } }
    }
    const koblitz = await failure(() => signerBy('azure'))
    assert.ok(koblitz instanceof UnsupportedError && koblitz.code === 'unsupported-type', String(koblitz))
  })

  test('a description that is not of the key asked for, or not whole', async () => {
    const wrong: Readonly<Record<ServiceName, readonly object[]>> = {
      aws: [
        { KeyId: awsArn.replace('1234abcd', '0234abcd') },
        { KeyId: awsKeyId },
        { KeyId: undefined },
        { KeyUsage: 'ENCRYPT_DECRYPT' },
        { SigningAlgorithms: undefined },
        { SigningAlgorithms: 'RSASSA_PKCS1_V1_5_SHA_256' },
        { SigningAlgorithms: [1] },
        { PublicKey: 'AAAA' },
        { PublicKey: 'no base64' },
        { PublicKey: undefined },
        { PublicKey: { toString: 'x' } },
      ],
      azure: [
        { key: undefined },
        { key: null },
        { key: { kty: 'RSA' } },
        { key: { kid: `https://evil.example/keys/${azureKeyName}/${azureVersion}`, kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
        { key: { kid: `URL/keys/${azureKeyName}`, kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
        { key: { kid: `URL/keys/${azureKeyName}/../x`, kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
        { key: { kid: `URL/keys/${azureKeyName}/a/b`, kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
        { key: { kid: `URL/keys/${azureKeyName}x/a`, kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
        { key: { kid: `URL/keys/${azureKeyName}/a`, kty: 'RSA', n: 'AQAB', e: 'AQAB', key_ops: ['encrypt'] } },
        { key: { kid: `URL/keys/${azureKeyName}/a`, kty: 'RSA', n: 7, e: 'AQAB', key_ops: ['sign'] } },
      ],
      google: [
        { name: googleKeyVersion.replace(/12$/, '13') },
        { name: undefined },
        { pem: undefined },
        { pem: 'text' },
        { pemCrc32c: '1' },
        { pemCrc32c: undefined },
        { algorithm: undefined },
      ],
    }
    for (const service of serviceNames) {
      for (const change of wrong[service]) {
        holding('rsa')
        const text = JSON.stringify({ ...change }).replaceAll('URL', server.url)
        server.tamper = (reply) => {
          const body = { ...reply.body, ...JSON.parse(text) }
          for (const [name, value] of Object.entries(change)) if (value === undefined) delete body[name]
          return { ...reply, body }
        }
        const error = await refused(() => signerBy(service))
        assert.equal(error.status, 200, text)
      }
    }
    const pem = createPublicKey(heldKey('rsa')).export({ format: 'pem', type: 'spki' }) as string
    for (const damaged of [pem.replace(/M/, 'N'), pem.replaceAll('PUBLIC', 'RSA PUBLIC'), `${pem.slice(0, 90)}\n`]) {
      holding('rsa')
      const body = { pem: damaged, pemCrc32c: castagnoli(utf8(damaged)) }
      server.tamper = (reply) => ({ ...reply, body: { ...reply.body, ...body } })
      await refused(() => signerBy('google'))
    }
  })

  test('another version than the one asked for', async () => {
    holding('rsa')
    const service = azureKeyVault({ vaultUrl: server.url, keyName: azureKeyName, keyVersion: azureVersion })
    server.tamper = (reply) => {
      const { key } = reply.body
      return { ...reply, body: { key: { ...key, kid: key.kid.replace(/.$/, '1') } } }
    }
    await refused(() => signerBy('azure', { service }))
  })
})

/** Has the server answer signatures by `change` of what it would have said. */
function damaging(change: (body: Record<string, string>) => object): void {
  server.tamper = (reply, { path, headers }) =>
    path.includes('ign') || headers['x-amz-target'] === 'TrentService.Sign'
      ? { ...reply, body: change(reply.body) }
      : reply
}

/** A change of the signature itself, with the checksums that belong to it. */
function damagingSignature(service: ServiceName, change: (signature: Buffer) => Uint8Array): void {
  const name = signatureMember[service]
  const encoding = service === 'azure' ? 'base64url' : 'base64'
  damaging((body) => {
    const octets = Buffer.from(change(Buffer.from(body[name]!, encoding)))
    return { ...body, [name]: octets.toString(encoding), signatureCrc32c: castagnoli(octets) }
  })
}

describe('what is no signature', () => {
  for (const service of serviceNames) {
    test(`${service}: by another key, cut short, longer, a bit turned over, none at all`, async () => {
      for (const name of held[service]) {
        holding(name)
        const signer = await signerBy(service)
        const changes: ((signature: Buffer) => Uint8Array)[] = [
          (s) => s.subarray(0, -1),
          (s) => s.subarray(0, s.length >> 1),
          (s) => s.subarray(0, 1),
          () => Buffer.alloc(0),
          (s) => Buffer.concat([s, Buffer.alloc(1)]),
          (s) => Buffer.concat([Buffer.alloc(1), s]),
          (s) => Buffer.alloc(s.length),
          (s) => Buffer.alloc(s.length, 255),
          () => Buffer.alloc(5000, 1),
          ...[0, 1, 2, 3, 4, 5, 31, 40, 63].map((at) => (s: Buffer) => {
            s[at]! ^= 1
            return s
          }),
        ]
        // r and s are of a fixed length: zeros around them would still hold.
        if (service === 'azure') changes.push((s) => widened(s))
        for (const change of changes) {
          damagingSignature(service, change)
          await refusedSignature(() => signer.sign(data), service)
        }
        holding(name)
        const other = await signerBy(service)
        const mine = server.key
        server.key = heldKey(name === 'rsa' ? 'rsa' : 'p256')
        if (name !== 'rsa' && name !== 'p256') await refusedSignature(() => other.sign(data), service)
        server.key = mine
        await verifySignature(other.publicKey, await other.sign(data), data, { types })
      }
    })

    test(`${service}: of other data, by other names, without what it must say`, async () => {
      holding('p256')
      const signer = await signerBy(service)
      const made: Record<string, string>[] = []
      damaging((body) => {
        made.push(body)
        return body
      })
      await signer.sign(utf8('other data'))
      damaging(() => made[0]!)
      await refusedSignature(() => signer.sign(data), service)
      const changes: Readonly<Record<ServiceName, readonly Record<string, unknown>[]>> = {
        aws: [
          { KeyId: awsArn.replace('1234abcd', '0234abcd') },
          { KeyId: null },
          { SigningAlgorithm: 'ECDSA_SHA_384' },
          { SigningAlgorithm: null },
          { Signature: null },
          { Signature: 7 },
          { Signature: '_-' },
        ],
        azure: [
          { kid: null },
          { kid: `${server.url}/keys/${azureKeyName}/${azureVersion.replace(/.$/, '1')}` },
          { kid: `${server.url}/keys/other/${azureVersion}` },
          { value: null },
          { value: 'a+b/' },
          { value: 'a' },
        ],
        google: [
          { name: null },
          { name: googleKeyVersion.replace(/12$/, '13') },
          { verifiedDigestCrc32c: false },
          { verifiedDigestCrc32c: null },
          { verifiedDigestCrc32c: 'true' },
          { signatureCrc32c: '1' },
          { signatureCrc32c: null },
          { signature: null },
          { signature: 'AAA' },
        ],
      }
      for (const change of changes[service]) {
        damaging((body) => ({ ...body, ...change }))
        await refused(() => signer.sign(data))
        for (const name of Object.keys(change)) {
          damaging(({ [name]: _, ...rest }) => rest)
          await refused(() => signer.sign(data))
        }
      }
    })
  }

  test('by another key of the same type, and by another algorithm of the same key', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const signer = await signerBy(service)
      // A key pair of this moment in place of the one that was described.
      server.key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      const error = await refusedSignature(() => signer.sign(data), service)
      assert.equal((error as SshError).code, 'signer-failed')
    }
    holding('rsa')
    const aws = await signerBy('aws')
    const [sha512] = [await aws.sign(data, { algorithm: 'rsa-sha2-512' })]
    assert.equal(sha512.algorithm, 'rsa-sha2-512')
    // The service says SHA-256 and has signed with SHA-512.
    const asIs = server.asked.length
    damaging((body) => ({ ...body, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }))
    const original = withToken
    const lying: Fetch = (url, init) =>
      original(url, { ...init, body: init.body!.replace('PKCS1_V1_5_SHA_256', 'PKCS1_V1_5_SHA_512') })
    const fooled = await signerBy('aws', { fetch: lying, algorithms: ['rsa-sha2-256'] })
    assert.ok(server.asked.length > asIs)
    await refusedSignature(() => fooled.sign(data, { algorithm: 'rsa-sha2-256' }), 'aws')
  })
})

/** `r` and `s` with a zero in front of each. */
function widened(signature: Buffer): Buffer {
  const half = signature.length / 2
  return Buffer.concat([Buffer.alloc(1), signature.subarray(0, half), Buffer.alloc(1), signature.subarray(half)])
}

/** A signature that does not come to be is a `SignerError`, whoever finds it out. */
async function refusedSignature(work: () => Promise<unknown>, service: ServiceName): Promise<unknown> {
  const error = await failure(work)
  assert.ok(error instanceof SignerError && error.code === 'signer-failed', `${service}: ${error}`)
  assert.doesNotMatch(`${error.stack}`, /token-of-the-caller|secret-person/)
  return error
}

describe('refusals of the service', () => {
  test('who is not known, or may not', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const signer = await signerBy(service)
      const codes = { aws: 'UnrecognizedClientException', azure: 'AKV10032', google: 'UNAUTHENTICATED' }
      for (const work of [() => signerBy(service, { fetch: plain }), () => signer.sign(data)]) {
        server.allow = () => false
        const error = await refused(work, 'signer-denied')
        assert.deepEqual([error.status, error.serviceCode], [service === 'aws' ? 400 : 401, codes[service]])
        assert.equal(error.retryAfter, undefined)
      }
    }
  })

  test('by status and by the name of the error', async () => {
    const aws = (type: unknown) => ({ __type: type, message: 'secret-person' })
    const azure = (code: unknown, inner?: unknown) => ({
      error: { code, message: 'secret-person', ...(inner !== undefined && { innererror: { code: inner } }) },
    })
    const google = (status: unknown) => ({ error: { code: 400, message: 'secret-person', status } })
    const cases: readonly (readonly [ServiceName, number, unknown, string, string | undefined])[] = [
      ['aws', 400, aws('AccessDeniedException'), 'signer-denied', 'AccessDeniedException'],
      ['aws', 400, aws('com.amazonaws.kms#AccessDeniedException'), 'signer-denied', 'AccessDeniedException'],
      ['aws', 400, aws('ExpiredTokenException'), 'signer-denied', 'ExpiredTokenException'],
      ['aws', 403, aws('Whatever'), 'signer-denied', 'Whatever'],
      ['aws', 400, aws('ThrottlingException'), 'signer-throttled', 'ThrottlingException'],
      ['aws', 400, aws('NotFoundException'), 'signer-not-found', 'NotFoundException'],
      ['aws', 400, aws('DisabledException'), 'signer-failed', 'DisabledException'],
      ['aws', 400, aws('constructor'), 'signer-failed', 'constructor'],
      ['aws', 400, aws('toString'), 'signer-failed', 'toString'],
      ['aws', 500, aws('KMSInternalException'), 'signer-failed', 'KMSInternalException'],
      ['aws', 400, aws(7), 'signer-failed', undefined],
      ['azure', 403, azure('Forbidden', 'ForbiddenByPolicy'), 'signer-denied', 'ForbiddenByPolicy'],
      ['azure', 404, azure('KeyNotFound'), 'signer-not-found', 'KeyNotFound'],
      ['azure', 429, azure('Throttled'), 'signer-throttled', 'Throttled'],
      ['azure', 400, azure('BadParameter'), 'signer-failed', 'BadParameter'],
      ['azure', 400, { error: 'text' }, 'signer-failed', undefined],
      ['azure', 400, { error: null }, 'signer-failed', undefined],
      ['google', 403, google('PERMISSION_DENIED'), 'signer-denied', 'PERMISSION_DENIED'],
      ['google', 404, google('NOT_FOUND'), 'signer-not-found', 'NOT_FOUND'],
      ['google', 429, google('RESOURCE_EXHAUSTED'), 'signer-throttled', 'RESOURCE_EXHAUSTED'],
      ['google', 503, google('UNAVAILABLE'), 'signer-failed', 'UNAVAILABLE'],
      ['google', 400, [google('X')], 'signer-failed', undefined],
      ['google', 401, '<html>', 'signer-denied', undefined],
      ['google', 204, '', 'signer-failed', undefined],
      ['google', 201, {}, 'signer-failed', undefined],
    ]
    for (const [service, status, body, code, serviceCode] of cases) {
      holding('p256')
      const signer = await signerBy(service)
      server.tamper = () => ({ status, body })
      const error = await refused(() => signer.sign(data), code)
      assert.deepEqual([error.status, error.serviceCode], [status, serviceCode])
      assert.ok(error.message.includes(String(status)))
    }
  })

  test('the name of an error is escaped and cut short', async () => {
    holding('p256')
    const signer = await signerBy('aws')
    server.tamper = () => ({ status: 400, body: { __type: `\x1b[2J\u202e${'x'.repeat(10_000)}` } })
    const error = await refused(() => signer.sign(data))
    assert.match(error.serviceCode!, /^\\x1b\[2J\\u\{202e\}x+…$/)
    assert.ok(error.message.length < 120 && !error.message.includes('\x1b'))
  })

  test('throttled: when to ask again, where it is a number; nothing is asked again by itself', async () => {
    holding('p256')
    const signer = await signerBy('azure')
    for (const [header, seconds] of [
      ['30', 30],
      ['0', 0],
      ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
      ['-1', undefined],
      ['1e3', undefined],
      ['99999999999', undefined],
    ] as const) {
      server.asked.length = 0
      server.tamper = () => ({ status: 429, headers: { 'retry-after': header }, body: {} })
      const error = await refused(() => signer.sign(data), 'signer-throttled')
      assert.equal(error.retryAfter, seconds)
      assert.equal(server.asked.length, 1)
    }
  })

  test('a redirect is not followed', async () => {
    for (const service of serviceNames) {
      for (const status of [301, 302, 303, 307, 308]) {
        holding('p256')
        const signer = await signerBy(service)
        server.asked.length = 0
        server.tamper = (): Reply => ({ status, headers: { location: `${server.url}/elsewhere` }, body: '' })
        const error = await refused(() => signer.sign(data))
        assert.match(error.message, /redirect/)
        assert.equal(server.asked.length, 1)
      }
    }
  })
})

describe('answers without measure', () => {
  const long = Buffer.alloc(100_000, 32)
  test('too long by what is said, and by what comes', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const signer = await signerBy(service)
      server.tamper = (reply) => ({ ...reply, body: Buffer.concat([Buffer.from(JSON.stringify(reply.body)), long]) })
      await refused(() => signer.sign(data))
      await refused(() => signerBy(service))
      // In the other direction: as much as may come.
      server.tamper = (reply) => ({ ...reply, body: JSON.stringify(reply.body).padEnd(0x1_0000) })
      await signer.sign(data)
      server.tamper = (reply) => ({ ...reply, body: JSON.stringify(reply.body).padEnd(0x1_0001) })
      await refused(() => signer.sign(data))
      // A refusal is one, however much is said with it.
      server.tamper = () => ({ status: 403, body: long })
      await refused(() => signer.sign(data), 'signer-denied')
    }
  })

  test('endless', async () => {
    holding('p256')
    const signer = await signerBy('google')
    let ended = false
    server.tamper = (_reply, _asked, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        if (!response.destroyed) response.write(long, () => setImmediate(more))
      }
      response.on('close', () => {
        ended = true
      })
      more()
      return undefined
    }
    await refused(() => signer.sign(data))
    // The connection is given up as well.
    for (let waits = 0; !ended && waits < 6000; waits++) await new Promise((done) => setTimeout(done, 10))
    assert.ok(ended)
  })

  test('no JSON, no object, no UTF-8', async () => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"text"',
      '7',
      '{"a":1}{',
      '['.repeat(60_000),
      Buffer.from('{"\xff":1}', 'latin1'),
    ]) {
      for (const service of serviceNames) {
        holding('p256')
        const signer = await signerBy(service)
        server.tamper = () => ({ status: 200, body })
        await refused(() => signer.sign(data))
        const error = await refused(() => signerBy(service))
        assert.equal(error.status, 200)
        assert.equal(error.cause, undefined)
      }
    }
  })

  test('every answer cut at every octet, and every octet changed: only coded errors, or a signature that holds', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const answers: Buffer[] = []
      server.tamper = (reply) => {
        answers.push(Buffer.from(JSON.stringify(reply.body)))
        return reply
      }
      await (await signerBy(service)).sign(data)
      let held = 0
      for (const at of [0, 1]) {
        const whole = answers[at]!
        for (let i = 0; i < whole.length; i++) {
          const changed = Buffer.from(whole)
          changed[i]! ^= 1 << (i % 7)
          for (const body of [whole.subarray(0, i), changed]) {
            let asked = 0
            const canned: Fetch = async () => new Response(new Uint8Array(asked++ === at ? body : answers[asked - 1]!))
            try {
              const signer = await signerBy(service, { fetch: canned })
              const signature = await signer.sign(data)
              await verifySignature(signer.publicKey, signature, data, { types })
              held++
            } catch (error) {
              assert.ok(error instanceof SshError, `${service} ${i} ${error}`)
            }
          }
        }
      }
      // What changes nothing, in members that nobody reads.
      assert.ok(held < answers[0]!.length, String(held))
    }
  })

  const piecesOf =
    (value: unknown): Fetch =>
    async () => ({
      status: 200,
      headers: { get: () => null },
      body: {
        getReader: () => ({ read: async () => ({ done: false, value: value as Uint8Array }), cancel: async () => {} }),
      },
    })

  test('bodies of stand-ins: empty pieces for ever, no octets, none', async () => {
    holding('p256')
    await refused(() => signerBy('aws', { fetch: piecesOf(new Uint8Array(0)) }))
    await refused(() => signerBy('aws', { fetch: piecesOf('text') }))
    await refused(() => signerBy('aws', { fetch: async () => new Response(null) }))
  })
})

describe('no answer', () => {
  test('a fetch that fails; an error of this library stays what it is', async () => {
    const cause = new TypeError('fetch failed')
    const error = await refused(() => signerBy('aws', { fetch: () => Promise.reject(cause) }))
    assert.equal(error.cause, cause)
    const own = new UnsupportedError('no-random', 'x')
    assert.equal(
      await failure(() =>
        signerBy('aws', {
          fetch: () => {
            throw own
          },
        }),
      ),
      own,
    )
    const gone = await startKms(heldKey('p256'))
    await gone.close()
    await refused(() => signerBy('aws', { service: awsKms({ endpoint: gone.url, region, keyId: awsKeyId }) }))
  })

  test('hung: the signal ends it, whether or not fetch looks at it', async () => {
    for (const service of serviceNames) {
      holding('p256')
      const signer = await signerBy(service)
      const reason = new Error('enough')
      let hung: (() => void) | undefined
      server.tamper = (_reply, _asked, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{')
        hung?.()
        return undefined
      }
      const controller = new AbortController()
      const arrived = new Promise<void>((done) => {
        hung = done
      })
      const signing = signer.sign(data, { signal: controller.signal })
      await arrived
      controller.abort(reason)
      assert.equal(await failure(() => signing), reason)

      const deaf = new AbortController()
      const asking = signerBy(service, { fetch: () => new Promise(() => {}), signal: deaf.signal })
      deaf.abort(reason)
      assert.equal(await failure(() => asking), reason)
      server.asked.length = 0
      assert.equal(await failure(() => signerBy(service, { signal: AbortSignal.abort(reason) })), reason)
      assert.equal(await failure(() => signer.sign(data, { signal: AbortSignal.abort(reason) })), reason)
      assert.equal(server.asked.length, 0)
    }
  })
})

test('options that are none', () => {
  const keyVersion = googleKeyVersion
  const wrong: readonly (() => KmsService)[] = [
    () => awsKms({ region: 'eu-central-1.evil.example/', keyId: awsKeyId }),
    () => awsKms({ region: '', keyId: awsKeyId }),
    () => awsKms({ region, keyId: '' }),
    () => awsKms({ region, keyId: 'a\nb' }),
    () => awsKms({ region, keyId: 'x'.repeat(3000) }),
    () => awsKms({ region, keyId: undefined as unknown as string }),
    ...[
      'http://kms.example.com',
      'http://localhost.evil.example',
      'http://127.0.0.1@evil.example',
      'https://user:secret@kms.example.com',
      'https://kms.example.com/?a=b',
      'https://kms.example.com/#a',
      'https://kms.example.com//a',
      'ftp://kms.example.com',
      'kms.example.com',
      '',
    ].map((endpoint) => () => awsKms({ region, keyId: awsKeyId, endpoint })),
    () => azureKeyVault({ vaultUrl: 'http://myvault.vault.azure.net', keyName: 'k' }),
    () => azureKeyVault({ vaultUrl: 'https://myvault.vault.azure.net', keyName: '../secrets/k' }),
    () => azureKeyVault({ vaultUrl: 'https://myvault.vault.azure.net', keyName: 'k', keyVersion: '../x' }),
    () => googleKms({ keyVersion: keyVersion.replace('/cryptoKeyVersions/12', '') }),
    () => googleKms({ keyVersion: `${keyVersion}/../11` }),
    () => googleKms({ keyVersion: keyVersion.replace('example.com:p-1', '..') }),
    () => googleKms({ keyVersion: `${keyVersion}\n` }),
    () => googleKms({ keyVersion, endpoint: 'http://cloudkms.googleapis.com' }),
  ]
  for (const [i, make] of wrong.entries()) assert.throws(make, TypeError, String(i))
  const china = awsKms({ region: 'cn-north-1', keyId: awsAlias, endpoint: 'https://kms.cn-north-1.amazonaws.com.cn' })
  assert.equal(china.keyRequest().url, 'https://kms.cn-north-1.amazonaws.com.cn/')
  assert.equal(awsKms({ region, keyId: awsAlias }).keyRequest().url, 'https://kms.eu-central-1.amazonaws.com/')
  assert.ok(Object.isFrozen(china))
})
