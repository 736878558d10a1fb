import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { issueCertificate } from '../../src/cert/index.ts'
import { SignerError } from '../../src/errors.ts'
import { allTypes, generatePrivateKey, mldsa44Ed25519, type PrivateKey, type Signer } from '../../src/keys/index.ts'
import {
  checkMessageSignature,
  findPrincipals,
  formatAllowedSigners,
  matchPrincipals,
  parseSshsig,
  type SignerPolicy,
  signMessage,
  verifyMessage,
} from '../../src/sshsig/index.ts'
import { flipped, utf8 } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import { vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const message = utf8('a message\n')
const key = await privateKey('ed25519')
const ecdsa = await privateKey('ecdsa256')
const rsa = await privateKey('rsa2048')
const authority = await privateKey('ca-ed25519')
const alone = (signer: Signer, principals = 'alice', more = {}) =>
  formatAllowedSigners([{ principals, certAuthority: false, key: signer.publicKey, ...more }])
const base = { namespace: 'file', time: 1_700_000_000, types }
const policy: SignerPolicy = { ...base, identity: 'alice', allowedSigners: alone(key) }
const signature = await signMessage(message, key, { namespace: 'file' })

async function certified(
  subject: PrivateKey,
  principals: readonly string[] = ['alice'],
  change: { kind?: 'user' | 'host'; validAfter?: number; validBefore?: number; algorithm?: string; by?: Signer } = {},
): Promise<Signer> {
  const { by = authority, algorithm, ...rest } = change
  const certificate = await issueCertificate(
    {
      kind: 'user',
      publicKey: subject.publicKey,
      keyId: 'k',
      principals,
      anyPrincipal: principals.length === 0,
      validAfter: 1000,
      validBefore: 2000,
      criticalOptions: change.kind === 'host' ? undefined : { 'force-command': 'x' },
      ...rest,
    },
    by,
    { types, algorithm },
  )
  const { publicKey, algorithms } = subject
  return { publicKey, algorithms, certificate, sign: (data, options) => subject.sign(data, options) }
}
const ca = (principals: string, more = {}) =>
  formatAllowedSigners([{ principals, certAuthority: true, key: authority.publicKey, ...more }])

/** The code with which a policy refuses, or `accepted`. */
async function verdict(change: Partial<SignerPolicy>, sig: string = signature): Promise<string> {
  return verifyMessage(message, sig, { ...policy, ...change }).then(
    () => 'accepted',
    (error) => error.code ?? String(error),
  )
}

describe('signMessage', () => {
  it('signs with every type of key and either hash, RSA by the same hash', async () => {
    const mldsa = await generatePrivateKey(mldsa44Ed25519)
    for (const signer of [key, ecdsa, await privateKey('ecdsa384'), await privateKey('ecdsa521'), rsa, mldsa]) {
      for (const hash of ['sha256', 'sha512'] as const) {
        const sig = await signMessage(message, signer, { namespace: 'file', hash })
        const facts = await verifyMessage(message, sig, { ...policy, allowedSigners: alone(signer) })
        assert.equal(facts.hash, hash)
        assert.deepEqual([facts.principal, facts.line, facts.namespace], ['alice', 1, 'file'])
        if (signer === rsa) assert.equal(facts.algorithm, `rsa-sha2-${hash.slice(3)}`)
      }
    }
  })

  it('takes another algorithm of RSA where it is named, and none with SHA-1', async () => {
    const options = { namespace: 'file', hash: 'sha256', algorithm: 'rsa-sha2-512' } as const
    const sig = await signMessage(message, rsa, options)
    assert.equal(parseSshsig(sig, { types }).signature.algorithm, 'rsa-sha2-512')
    await checkMessageSignature(message, sig, { namespace: 'file', types })
    await assert.rejects(signMessage(message, rsa, { namespace: 'file', algorithm: 'ssh-rsa' }), {
      code: 'unsupported-algorithm',
    })
    const dsa: Signer = { ...key, publicKey: key.publicKey, algorithms: [], sign: () => assert.fail() }
    await assert.rejects(signMessage(message, dsa, { namespace: 'file' }), { code: 'unsupported-algorithm' })
  })

  it('refuses a signer that signed with something else', async () => {
    const liar: Signer = {
      publicKey: rsa.publicKey,
      algorithms: ['rsa-sha2-512'],
      sign: (data) => rsa.sign(data, { algorithm: 'ssh-rsa' }),
    }
    await assert.rejects(signMessage(message, liar, { namespace: 'file' }), SignerError)
  })

  it('puts in the certificate where it is asked to, and the plain key otherwise', async () => {
    const signer = await certified(key)
    const withIt = parseSshsig(await signMessage(message, signer, { namespace: 'file', certificate: true }), { types })
    assert.deepEqual(withIt.certificate?.blob, signer.certificate?.blob)
    const without = parseSshsig(await signMessage(message, signer, { namespace: 'file' }), { types })
    assert.equal(without.certificate, undefined)
    await assert.rejects(signMessage(message, key, { namespace: 'file', certificate: true }), TypeError)
    const foreign = { ...signer, publicKey: ecdsa.publicKey }
    await assert.rejects(signMessage(message, foreign, { namespace: 'file', certificate: true }), TypeError)
  })

  it('is misused with no namespace, an unknown hash, or no message', async () => {
    for (const namespace of ['', 'a\0b', undefined as unknown as string]) {
      await assert.rejects(signMessage(message, key, { namespace }), TypeError)
    }
    await assert.rejects(signMessage('text' as unknown as Uint8Array, key, { namespace: 'file' }), TypeError)
    await assert.rejects(signMessage(message, key, { namespace: 'file', hash: 'sha1' as 'sha256' }), {
      code: 'unsupported-algorithm',
    })
  })

  it('signs and verifies what is given as its digest alone', async () => {
    const digest = async (hash: string) => new Uint8Array(createHash(hash).update(message).digest())
    assert.equal(await signMessage(digest, key, { namespace: 'file' }), signature)
    await checkMessageSignature(digest, signature, { namespace: 'file', types })
    const short = () => new Uint8Array(32)
    await assert.rejects(checkMessageSignature(short, signature, { namespace: 'file', types }), TypeError)
  })
})

describe('verifyMessage', () => {
  it('accepts who is allowed and nobody else', async () => {
    assert.equal(await verdict({}), 'accepted')
    assert.equal(await verdict({ identity: 'bob' }), 'principal')
    assert.equal(await verdict({ identity: '' }), 'principal')
    assert.equal(await verdict({ identity: '', allowedSigners: alone(key, '*') }), 'principal')
    assert.equal(await verdict({ allowedSigners: alone(ecdsa) }), 'unknown-signer')
    assert.equal(await verdict({ allowedSigners: '' }), 'unknown-signer')
    assert.equal(await verdict({ namespace: 'git' }), 'namespace')
    await assert.rejects(verifyMessage(flipped(message, 0), signature, policy), { code: 'bad-signature' })
  })

  it('matches principals by patterns, of octets, where one with ! wins', async () => {
    const line = (principals: string) => verdict({ allowedSigners: alone(key, principals) })
    assert.equal(await line('b*,*ice'), 'accepted')
    assert.equal(await line('*,!alice'), 'principal')
    assert.equal(await line('!al*,alice'), 'principal')
    assert.equal(await line('!bob'), 'principal')
    assert.equal(await line('Alice'), 'principal')
    assert.equal(await verdict({ identity: 'é', allowedSigners: alone(key, '?') }), 'principal')
    assert.equal(await verdict({ identity: 'é', allowedSigners: alone(key, '??') }), 'accepted')
  })

  it('asks each line until one accepts, and skips those that are none', async () => {
    const bad = 'alice x y\n"alice\nalice\n'
    const text = `${bad}${alone(key, 'alice', { namespaces: 'git' })}${alone(key, '*')}`
    const facts = await verifyMessage(message, signature, { ...policy, allowedSigners: text })
    assert.equal(facts.line, 5)
    assert.equal(await verdict({ allowedSigners: bad }), 'unknown-signer')
  })

  it('keeps to the namespaces and times of the line, its last second included', async () => {
    const line = (more: object, change = {}) => verdict({ allowedSigners: alone(key, 'alice', more), ...change })
    assert.equal(await line({ namespaces: 'git' }), 'namespace')
    assert.equal(await line({ namespaces: '' }), 'namespace')
    assert.equal(await line({ namespaces: '!file,*' }), 'namespace')
    assert.equal(await line({ namespaces: 'f*' }), 'accepted')
    const times = { validAfter: 1000n, validBefore: 2000n }
    for (const [time, expected] of [
      [999, 'not-yet-valid'],
      [1000, 'accepted'],
      [2000, 'accepted'],
      [2001, 'expired'],
    ] as const) {
      assert.equal(await line(times, { time }), expected, `${time}`)
    }
  })

  it('must be told the time, and who', async () => {
    for (const time of [undefined, null, Number.NaN, -1]) {
      await assert.rejects(verifyMessage(message, signature, { ...policy, time: time as number }), TypeError)
    }
    await assert.rejects(
      verifyMessage(message, signature, { ...policy, identity: undefined as unknown as string }),
      TypeError,
    )
  })

  it('asks whether the key is revoked, and does not go on where the answer fails', async () => {
    assert.equal(await verdict({ revocation: () => undefined }), 'accepted')
    assert.equal(await verdict({ revocation: async () => 'lost' }), 'revoked')
    for (const answer of ['', null, false, 0, {}]) {
      assert.equal(await verdict({ revocation: (() => answer) as never }), 'revoked')
    }
    for (const none of [null, false, 0, '', {}]) {
      await assert.rejects(verifyMessage(message, signature, { ...policy, revocation: none as never }), TypeError)
    }
    const broken = () => {
      throw new Error('no list')
    }
    await assert.rejects(verifyMessage(message, signature, { ...policy, revocation: broken }), /no list/)
    const signer = await certified(key)
    const sig = await signMessage(message, signer, { namespace: 'file', certificate: true })
    let asked = ''
    const revocation: SignerPolicy['revocation'] = (subject) => {
      asked = subject.type
      return undefined
    }
    assert.equal(await verdict({ revocation, time: 1000, allowedSigners: ca('*') }, sig), 'accepted')
    assert.equal(asked, signer.certificate?.type)
  })

  it('takes certificates by authorities alone, and plain keys by their own lines alone', async () => {
    const sig = await signMessage(message, await certified(key), { namespace: 'file', certificate: true })
    const time = 1000
    assert.equal(await verdict({ time, allowedSigners: ca('*') }, sig), 'accepted')
    assert.equal(await verdict({ time, allowedSigners: alone(key, '*') }, sig), 'unknown-signer')
    assert.equal(await verdict({ time, allowedSigners: alone(authority, '*') }, sig), 'unknown-signer')
    const own = await signMessage(message, authority, { namespace: 'file' })
    assert.equal(await verdict({ allowedSigners: ca('*') }, own), 'unknown-signer')
    // A line of the certificate itself asks nothing more of it (sshkey.c `sshkey_equal`).
    const { certificate } = parseSshsig(sig, { types })
    const exact = formatAllowedSigners([{ principals: 'bob', certAuthority: false, key: certificate! }])
    assert.equal(await verdict({ time: 5000, identity: 'bob', allowedSigners: exact }, sig), 'accepted')
    assert.equal(await verdict({ time: 5000, identity: 'bob', allowedSigners: exact }), 'unknown-signer')
  })

  it('wants the identity among the principals of the certificate, exactly, and of the line', async () => {
    const signed = async (principals: readonly string[], change = {}) =>
      signMessage(message, await certified(key, principals, change), { namespace: 'file', certificate: true })
    const time = 1000
    const sig = await signed(['alice', 'b*'])
    assert.equal(await verdict({ time, allowedSigners: ca('a*') }, sig), 'accepted')
    assert.equal(await verdict({ time, allowedSigners: ca('bob') }, sig), 'principal')
    assert.equal(await verdict({ time, identity: 'bob', allowedSigners: ca('*') }, sig), 'principal')
    assert.equal(await verdict({ time, identity: 'b*', allowedSigners: ca('*') }, sig), 'accepted')
    assert.equal(await verdict({ time, allowedSigners: ca('*') }, await signed([])), 'principal')
    assert.equal(
      await verdict({ time, allowedSigners: ca('*') }, await signed(['alice'], { kind: 'host' })),
      'wrong-kind',
    )
    for (const [at, expected] of [
      [999, 'not-yet-valid'],
      [1999, 'accepted'],
      [2000, 'expired'],
    ] as const) {
      assert.equal(await verdict({ time: at, allowedSigners: ca('*') }, sig), expected, `${at}`)
    }
  })

  it('refuses a certificate whose own signature does not hold, or is by SHA-1', async () => {
    const signer = await certified(key)
    const blob = signer.certificate!.blob.slice()
    blob[blob.length - 1]! ^= 1
    const forged = { ...signer, certificate: { ...signer.certificate!, blob } }
    const sig = await signMessage(message, forged, { namespace: 'file', certificate: true })
    assert.equal(await verdict({ time: 1000, allowedSigners: ca('*') }, sig), 'bad-signature')
    await assert.rejects(checkMessageSignature(message, sig, { namespace: 'file', types }), { code: 'bad-signature' })
    await assert.rejects(findPrincipals(sig, { time: 1000, allowedSigners: ca('*'), types }), { code: 'bad-signature' })
    const old = await certified(key, ['alice'], { by: rsa, algorithm: 'ssh-rsa' })
    const sha1 = await signMessage(message, old, { namespace: 'file', certificate: true })
    assert.equal(await verdict({ time: 1000 }, sha1), 'algorithm-not-allowed')
  })

  it('judges what ssh-keygen made as ssh-keygen does', async () => {
    const allowedSigners = vector('sshsig/allowed_signers')
    for (const name of ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa2048']) {
      for (const kind of ['.sha512', '.sha256', '-cert.sha512']) {
        const sig = vectorText(`sshsig/${name}${kind}.sig`)
        const change = { allowedSigners, identity: 'alice@example.com' }
        const facts = await verifyMessage(vector('sshsig/message'), sig, { ...policy, ...change })
        assert.equal(facts.certificate !== undefined, kind.startsWith('-cert'))
        assert.equal(`.${facts.hash}`, kind.replace('-cert', ''))
        assert.equal(await verdict({ ...change, identity: 'bob@example.com' }, sig), 'principal')
        assert.equal(await verdict({ ...change, time: 1577836799 }, sig), 'not-yet-valid')
      }
    }
  })

  it('tells the facts of security keys, and asks for a touch where the policy does', async () => {
    const data = vector('types/message')
    for (const name of ['ed25519-sk', 'ecdsa-sk', 'no-touch']) {
      const sig = vectorText(`types/${name}.sig`)
      const facts = await checkMessageSignature(data, sig, { namespace: 'file', types })
      assert.equal(facts.userPresent, name !== 'no-touch')
      const strict = checkMessageSignature(data, sig, { namespace: 'file', types, touchRequired: true })
      if (facts.userPresent) await strict
      else await assert.rejects(strict, { code: 'touch-required' })
      await assert.rejects(checkMessageSignature(data, sig, { namespace: 'file', types, pinRequired: true }))
    }
  })

  it('takes no signature by DSA', async () => {
    const work = checkMessageSignature(vector('types/message'), vectorText('types/dsa.sig'), {
      namespace: 'file',
      types,
    })
    await assert.rejects(work, { code: 'algorithm-not-allowed' })
  })
})

describe('findPrincipals', () => {
  const find = (sig: string, allowedSigners: string, time = 1000) =>
    findPrincipals(sig, { allowedSigners, time, types })

  it('gives the patterns of the first line that lets the key sign then', async () => {
    assert.deepEqual(await find(signature, `bad\n${alone(ecdsa, 'x')}${alone(key, 'a*,!b')}${alone(key, 'c')}`), [
      'a*',
      '!b',
    ])
    assert.deepEqual(await find(signature, alone(key, 'a', { namespaces: 'git' })), ['a'])
    assert.deepEqual(await find(signature, alone(key, 'a,,b')), ['a'])
    assert.deepEqual(await find(signature, alone(key, 'a', { validBefore: 999n })), [])
    assert.deepEqual(await find(signature, ''), [])
  })

  it('gives the names of a certificate that a line matches', async () => {
    const signer = await certified(key, ['alice', 'bob'])
    const sig = await signMessage(message, signer, { namespace: 'file', certificate: true })
    assert.deepEqual(await find(sig, ca('b*,a*')), ['bob', 'alice'])
    assert.deepEqual(await find(sig, `${ca('x')}${ca('*')}`), ['alice', 'bob'])
    assert.deepEqual(await find(sig, ca('*'), 2000), [])
    assert.deepEqual(await find(sig, alone(key, '*')), [])
  })
})

describe('matchPrincipals', () => {
  const match = (identity: string, allowedSigners: string) => matchPrincipals(identity, { allowedSigners, types })

  it('gives the principals of each line that matches, whatever its key', () => {
    const text = `${alone(key, 'a*')}${alone(ecdsa, 'bob')}${ca('*,!x', { validBefore: 1n })}`
    assert.deepEqual(match('alice', text), ['a*', '*,!x'])
    assert.deepEqual(match('x', text), [])
    assert.deepEqual(match('', text), [])
  })

  it('fails at a matching line that is none, and not at others', () => {
    assert.throws(() => match('alice', `${alone(key)}alice x y\n`), { code: 'bad-value' })
    assert.deepEqual(match('alice', `${alone(key)}bob x y\n`), ['alice'])
    assert.throws(() => match('alice', `${alone(key)}bob`), { code: 'bad-value' })
    const unknown = 'alice new-type AAAACG5ldy10eXBlAAAAAXg=\n'
    assert.throws(() => match('alice', unknown), { code: 'unsupported-type' })
  })
})
