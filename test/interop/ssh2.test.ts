/** ssh2 logs in at a real sshd with what signs here. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { type TestContext, test } from 'node:test'
import { findTool, startSshd } from '../../examples/quickstart/sshd.ts'
import { type Ssh2Source, ssh2Agent } from '../../src/adapters/ssh2/index.ts'
import { createKeyring } from '../../src/agent/index.ts'
import { encodeAdd } from '../../src/agent-protocol/index.ts'
import {
  defaultUserExtensions,
  formatPublicKey,
  generateKey,
  issueCertificate,
  type PrivateKey,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { cryptoKeySigner } from '../../src/signers/index.ts'
import { Reader } from '../../src/wire/reader.ts'
import { makeKeys } from './support.ts'

/** The part of a client that is used here. */
interface Client {
  on(event: 'ready' | 'close', heard: () => void): Client
  on(event: 'error', heard: (error: Error & { readonly level?: string }) => void): Client
  connect(config: object): void
  end(): void
}

interface Module {
  readonly BaseAgent: abstract new () => object
  readonly Client: new () => Client
  readonly utils: { parseKey(text: string): object }
}

function loadSsh2(): Module | undefined {
  try {
    return createRequire(import.meta.url)('ssh2')
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

const ssh2 = loadSsh2()
const { username } = userInfo()

function withSsh2(name: string, body: (t: TestContext, module: Module) => Promise<void>): void {
  test(name, async (t) => {
    const missing = !ssh2 ? 'ssh2 (npm ci)' : findTool('sshd') ? undefined : 'sshd'
    if (ssh2 && !missing) return body(t, ssh2)
    if (process.env.CI === 'true') throw new Error(`${missing}: in CI this must be here`)
    console.log(`NOT TESTED: "${name}": not installed: ${missing}`)
    t.skip(missing)
  })
}

/** Logs in; gives the messages of what went wrong, nothing where it is in. */
function logIn({ Client }: Module, port: number, agent: object): Promise<string[]> {
  return new Promise((done) => {
    const errors: string[] = []
    const client = new Client()
    let ready = false
    client.on('ready', () => {
      ready = true
      client.end()
    })
    client.on('error', (error) => errors.push(error.message))
    client.on('close', () => done(ready ? [] : errors))
    client.connect({ host: '127.0.0.1', port, username, agent, readyTimeout: 120_000 })
  })
}

withSsh2('ssh2 logs in with signers, a keyring, and a key that cannot be exported', async (t, module) => {
  const files = await makeKeys('ssh2', [2048, 3072])
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const locked = await cryptoKeySigner({ ...pair, types: allTypes })
  const publicKeys = [...files.map(({ key }) => key.publicKey), locked.publicKey]
  const sshd = await startSshd({ authorizedKeys: publicKeys.map((key) => formatPublicKey(key)).join('') })
  try {
    const attempt = async (label: string, source: Ssh2Source): Promise<void> =>
      assert.deepEqual(await logIn(module, sshd.port, ssh2Agent(module, source)), [], `${label}: ${sshd.log()}`)
    for (const { label, key } of files) await attempt(label, key)
    assert.match(sshd.log(), /Accepted publickey .*RSA/)
    await attempt('CryptoKey', locked)

    const stranger = await generateKey()
    await attempt('the second signer', [stranger, files[0]!.key])
    assert.notDeepEqual(await logIn(module, sshd.port, ssh2Agent(module, stranger)), [])

    const keyring = createKeyring({ types: allTypes })
    const connection = { closed: new Promise<void>(() => {}) }
    const certificate = await certify(files[0]!.key, stranger)
    await keyring.respond(encodeAdd(stranger), connection)
    await keyring.respond(encodeAdd(files[0]!.key, { certificate }), connection)
    assert.notDeepEqual(await logIn(module, sshd.port, ssh2Agent(module, keyring)), [])
    await keyring.respond(encodeAdd(files[0]!.key), connection)
    await attempt('keyring', keyring)
    keyring.wipe()
  } finally {
    await sshd.stop()
  }
  t.diagnostic(`${files.length + 3} logins`)
})

function certify(key: PrivateKey, authority: PrivateKey) {
  const { publicKey } = key
  const request = { kind: 'user', publicKey, keyId: 'ssh2', principals: [username], extensions: defaultUserExtensions }
  return issueCertificate({ ...request, kind: 'user', validAfter: 0, validBefore: 4e9 }, authority)
}

// Where this fails, ssh2 has learned it, and the adapter should offer certificates.
withSsh2('ssh2 puts the certificate’s name into the signature as well, and sshd refuses that', async (_t, module) => {
  const authority = await generateKey()
  const key = await generateKey()
  const certificate = await certify(key, authority)
  const sshd = await startSshd({ trustedUserCaKeys: formatPublicKey(authority.publicKey) })
  let asked = ''
  const { BaseAgent, utils } = module
  class Presenting extends (BaseAgent as unknown as new () => object) {
    getIdentities(answer: (error: null, keys: object[]) => void): void {
      // What ssh2 takes for a parsed key, with the certificate's own type and blob.
      const plain = utils.parseKey(formatPublicKey(key.publicKey))
      const shown = { type: { value: certificate.type }, getPublicSSH: { value: () => Buffer.from(certificate.blob) } }
      answer(null, [Object.create(plain, shown)])
    }
    async sign(_key: object, data: Uint8Array, _how: object, answer: (error: null, value: Uint8Array) => void) {
      // The message is as it must be: session, request, user, service, method, flag, algorithm.
      const reader = new Reader(data)
      reader.skipString('session')
      reader.u8('request')
      for (const what of ['user', 'service', 'method']) reader.skipString(what)
      reader.u8('flag')
      asked = reader.text('algorithm')
      const signature = new Reader((await key.sign(data)).blob)
      signature.skipString('algorithm')
      answer(null, new Uint8Array(signature.string('value')))
    }
  }
  try {
    assert.notDeepEqual(await logIn(module, sshd.port, new Presenting()), [])
    assert.equal(asked, certificate.type)
    // The certificate was accepted, so ssh2 was asked to sign; the signature was not.
    assert.match(sshd.log(), /Accepted certificate ID "ssh2"[\s\S]*Failed publickey/)
    assert.doesNotMatch(sshd.log(), /Accepted publickey/)
  } finally {
    await sshd.stop()
  }
})
