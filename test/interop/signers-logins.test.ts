/**
 * Certificates and messages signed by keys that are not in memory, before the eyes of the real `ssh-keygen`, `ssh` and
 * `sshd`: in CryptoKeys that give out no bytes, and in key management services, which are a server on loopback that
 * speaks as they do (`test/support/kms-server.ts`). Keys in a token: `signers-hsm.test.ts`.
 */

import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import type { TestContext } from 'node:test'
import { runSsh, startSshd } from '../../examples/quickstart/sshd.ts'
import { issueCertificate } from '../../src/cert/index.ts'
import { formatCertificate, formatPublicKey, signMessage } from '../../src/index.ts'
import { allTypes, ecdsaP256, type PublicKey, type Signer } from '../../src/keys/index.ts'
import {
  awsKms,
  azureKeyVault,
  cryptoKeySigner,
  type Fetch,
  googleKms,
  KmsError,
  kmsSigner,
} from '../../src/signers/index.ts'
import { utf8 } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'
import {
  awsAlias,
  azureKeyName,
  googleKeyVersion,
  heldKey,
  type KmsKeyName,
  type KmsServer,
  startKms,
} from '../support/kms-server.ts'
import { type AwsCaller, isSignedV4 } from '../support/kms-sigv4.ts'
import { inParallel, interop, type KeyFiles, makeKeys, must, put, run } from './support.ts'

const types = allTypes
const user = userInfo().username
const now = Math.floor(Date.now() / 1000)
const message = utf8('a message\n')

/** A signer, and by which of its algorithms it is to sign. */
interface Case {
  readonly label: string
  readonly signer: Signer
  readonly algorithm: string
}

async function server(t: TestContext, name: KmsKeyName): Promise<KmsServer> {
  const kms = await startKms(heldKey(name))
  t.after(() => kms.close())
  return kms
}

/** What an owner of a token does for Azure and Google. */
function bearer(kms: KmsServer): Fetch {
  const authorization = 'Bearer a-token'
  kms.allow = ({ headers }) => headers.authorization === authorization
  return (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } })
}

function casesOf(service: string, name: string, signer: Signer): Case[] {
  return signer.algorithms.map((algorithm) => ({ label: `${service} ${name} ${algorithm}`, signer, algorithm }))
}

function certify(subject: PublicKey, signer: Signer, algorithm: string): ReturnType<typeof issueCertificate> {
  return issueCertificate(
    {
      kind: 'user',
      publicKey: subject,
      keyId: 'not in memory',
      principals: [user],
      validAfter: now - 60,
      validBefore: now + 3600,
    },
    signer,
    { types, algorithm },
  )
}

/** Has ssh-keygen show the certificate, sshd let it in, and ssh-keygen verify a message. */
async function exercise(cases: readonly Case[], key: KeyFiles): Promise<void> {
  const lines = new Set(cases.map(({ signer }) => formatPublicKey(signer.publicKey)))
  const sshd = await startSshd({ trustedUserCaKeys: [...lines].join('') })
  try {
    await inParallel(cases, async ({ label, signer, algorithm }) => {
      const file = put(formatCertificate(await certify(key.key.publicKey, signer, algorithm)), 'certificate')
      const shown = await must('ssh-keygen', ['-L', '-f', file])
      assert.match(shown, new RegExp(`Signing CA: .*\\(using ${algorithm}\\)`), label)
      const login = { port: sshd.port, user, identity: key.path, certificate: file, command: 'echo in' }
      const { code, stdout, stderr } = await runSsh(login)
      assert.deepEqual([code, stdout], [0, 'in\n'], `${label}\n${stderr}\n${sshd.log()}`)

      const signature = put(await signMessage(message, signer, { namespace: 'file', algorithm }), 'sig')
      const allowed = put(`authority@example ${formatPublicKey(signer.publicKey)}`, 'allowed')
      const verify = ['-Y', 'verify', '-n', 'file', '-I', 'authority@example', '-f', allowed, '-s', signature]
      const good = await run('ssh-keygen', verify, message)
      assert.equal(good.code, 0, `${label}\n${good.err}`)
      assert.notEqual((await run('ssh-keygen', verify, utf8('another message\n'))).code, 0, label)
    })
    // What nobody trusts stays outside: the server looks.
    const [stranger] = await makeKeys('stranger', [])
    const certificate = put(formatCertificate(await certify(key.key.publicKey, stranger!.key, 'ssh-ed25519')))
    const login = { port: sshd.port, user, identity: key.path, certificate, command: 'echo in' }
    assert.equal((await runSsh(login)).code, 255)
  } finally {
    await sshd.stop()
  }
}

const tools = ['ssh-keygen', 'ssh', 'sshd']

interop('CryptoKeys that are not extractable: certificates, logins and messages', tools, async () => {
  const [login] = await makeKeys('login', [])
  const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
  const algorithms: readonly object[] = [
    { name: 'Ed25519' },
    ...['P-256', 'P-384', 'P-521'].map((namedCurve) => ({ name: 'ECDSA', namedCurve })),
    ...['SHA-256', 'SHA-512'].map((hash) => ({ ...rsa, hash })),
  ]
  const cases: Case[] = []
  for (const algorithm of algorithms) {
    const pair = (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, ['sign'])) as CryptoKeyPair
    assert.equal(pair.privateKey.extractable, false)
    for (const format of ['pkcs8', 'jwk'] as const) {
      await assert.rejects(crypto.subtle.exportKey(format, pair.privateKey))
    }
    cases.push(...casesOf('CryptoKey', JSON.stringify(algorithm), await cryptoKeySigner({ ...pair, types })))
  }
  assert.equal(cases.length, 6)
  await exercise(cases, login!)
})

interop('AWS KMS: certificates, logins and messages by every algorithm', tools, async (t) => {
  const [login] = await makeKeys('login', [])
  const cases: Case[] = []
  for (const name of ['rsa', 'p256', 'p384', 'p521', 'ed25519'] as const) {
    const kms = await server(t, name)
    const service = awsKms({ endpoint: kms.url, region: 'eu-central-1', keyId: awsAlias })
    cases.push(...casesOf('AWS', name, await kmsSigner({ service, fetch: bearer(kms), types })))
  }
  assert.equal(cases.length, 6)
  await exercise(cases, login!)
})

interop('Azure Key Vault: certificates, logins and messages by every algorithm', tools, async (t) => {
  const [login] = await makeKeys('login', [])
  const cases: Case[] = []
  for (const name of ['rsa', 'p256', 'p384', 'p521'] as const) {
    const kms = await server(t, name)
    const service = azureKeyVault({ vaultUrl: kms.url, keyName: azureKeyName })
    cases.push(...casesOf('Azure', name, await kmsSigner({ service, fetch: bearer(kms), types })))
  }
  assert.equal(cases.length, 5)
  await exercise(cases, login!)
})

interop('Google Cloud KMS: certificates, logins and messages by every algorithm', tools, async (t) => {
  const [login] = await makeKeys('login', [])
  const cases: Case[] = []
  for (const name of ['rsa', 'rsa', 'p256', 'p384', 'ed25519'] as const) {
    const kms = await server(t, name)
    // An RSA key's version is of one hash.
    if (cases.length === 0) kms.googleAlgorithm = 'RSA_SIGN_PKCS1_2048_SHA512'
    const service = googleKms({ endpoint: kms.url, keyVersion: googleKeyVersion })
    cases.push(...casesOf('Google', name, await kmsSigner({ service, fetch: bearer(kms), types })))
  }
  assert.deepEqual(cases.map(({ algorithm }) => algorithm).slice(0, 2), ['rsa-sha2-512', 'rsa-sha2-256'])
  assert.equal(cases.length, 5)
  await exercise(cases, login!)
})

interop('AWS KMS: requests signed by aws4fetch', tools, async (t) => {
  const caller: AwsCaller = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'a-session-token',
    region: 'eu-central-1',
    service: 'kms',
  }
  const kms = await server(t, 'p256')
  let checked = 0
  kms.allow = (asked) => {
    checked++
    const isGood = isSignedV4(asked, caller)
    // The check sees a change of each part, or it checks nothing.
    const changed = [
      { ...asked, body: `${asked.body} ` },
      { ...asked, path: '/other' },
      { ...asked, method: 'GET' },
      { ...asked, headers: { ...asked.headers, 'x-amz-target': 'TrentService.Decrypt' } },
      { ...asked, headers: { ...asked.headers, host: 'kms.us-east-1.amazonaws.com' } },
    ]
    if (isGood) for (const other of changed) assert.equal(isSignedV4(other, caller), false)
    if (isGood) assert.equal(isSignedV4(asked, caller, Date.now() + 600_000), false)
    return isGood
  }
  const { AwsClient } = await import('aws4fetch')
  const through = (secretAccessKey: string): Fetch => {
    const aws = new AwsClient({ ...caller, secretAccessKey })
    return (url, init) => aws.fetch(url, init)
  }
  const service = awsKms({ endpoint: kms.url, region: caller.region, keyId: awsAlias })
  const signer = await kmsSigner({ service, fetch: through(caller.secretAccessKey), types: [ecdsaP256] })
  const [login] = await makeKeys('login', [])
  await exercise(casesOf('AWS', 'p256', signer), login!)
  assert.equal(checked, 3)

  const denied = await failure(() => kmsSigner({ service, fetch: through('another secret'), types: [ecdsaP256] }))
  assert.ok(denied instanceof KmsError && denied.code === 'signer-denied', String(denied))
  assert.doesNotMatch(`${denied.stack}`, /secret|wJalr/)
})
