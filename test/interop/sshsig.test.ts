/** SSHSIG both ways with ssh-keygen -Y: the one that is installed, and OpenSSH 10.6. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { formatCertificate, parseCertificate, parsePrivateKey } from '../../src/index.ts'
import { allTypes, type Certificate, type PublicKey, type Signer } from '../../src/keys/index.ts'
import { revocationFrom } from '../../src/krl/index.ts'
import {
  checkMessageSignature,
  findPrincipals,
  formatAllowedSigners,
  formatSshsig,
  matchPrincipals,
  parseSshsig,
  signMessage,
  verifyMessage,
} from '../../src/sshsig/index.ts'
import { utf8 } from '../support/bytes.ts'
import { sid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, makeKeys, put, type Run, run } from './support.ts'

const types = allTypes
const time = 1_700_000_000
const identity = 'alice@example.com'
const message = utf8('a message\n')
type Keygen = (args: readonly string[], input?: string | Uint8Array) => Promise<Run>

async function must(keygen: Keygen, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await keygen(args)
  assert.equal(code, 0, `ssh-keygen ${args.join(' ')}\n${out}${err}`)
  return out
}

const signersOf = (key: PublicKey | Certificate, certAuthority: boolean) =>
  formatAllowedSigners([
    { principals: '*@example.com,!eve@example.com', certAuthority, namespaces: 'file', validBefore: 1800000000n, key },
  ])

/** Our signature, before ssh-keygen's eyes. */
async function shown(keygen: Keygen, sig: string, allowed: string, more: Readonly<Record<string, string>> = {}) {
  const [signature, file] = [put(sig, 'sig'), put(allowed, 'allowed')]
  const { namespace = 'file', who = identity, at = '20231114221320Z' } = more
  const verify = ['-Y', 'verify', '-n', namespace, '-I', who, '-f', file, '-s', signature, `-Overify-time=${at}`]
  const find = ['-Y', 'find-principals', '-s', signature, '-f', file, `-Overify-time=${at}`]
  const match = ['-Y', 'match-principals', '-I', who, '-f', file]
  return {
    verify: (await keygen(verify, message)).code === 0,
    check: (await keygen(['-Y', 'check-novalidate', '-n', namespace, '-s', signature], message)).code === 0,
    find: (await keygen(find)).out,
    match: (await keygen(match)).out,
  }
}

/** A signature that each side made, judged by both. */
async function bothWays(keygen: Keygen, path: string, signer: Signer, authority?: PublicKey): Promise<void> {
  const certificate = authority !== undefined
  const allowedSigners = signersOf(authority ?? signer.publicKey, certificate)
  const policy = { allowedSigners, identity, namespace: 'file', time, types }
  for (const hash of ['sha256', 'sha512'] as const) {
    const file = put(message, 'message')
    await must(keygen, '-q', '-Y', 'sign', '-f', path, '-n', 'file', '-O', `hashalg=${hash}`, file)
    const theirs = get(`${file}.sig`)
    const facts = await verifyMessage(message, theirs, policy)
    assert.equal(facts.hash, hash)
    assert.equal(facts.certificate !== undefined, certificate)
    assert.equal(formatSshsig(parseSshsig(theirs, { types })), new TextDecoder().decode(theirs))
    await assert.rejects(verifyMessage(message, theirs, { ...policy, identity: 'eve@example.com' }), {
      code: 'principal',
    })
    await assert.rejects(verifyMessage(message, theirs, { ...policy, namespace: 'git' }), { code: 'namespace' })
    await assert.rejects(verifyMessage(message, theirs, { ...policy, time: 1800000001 }), { code: 'expired' })

    // Whoever has no private half here, a security key say, has made his already.
    const ours =
      signer.algorithms.length === 0
        ? undefined
        : await signMessage(message, signer, { namespace: 'file', hash, certificate })
    const sig = ours ?? new TextDecoder().decode(theirs)
    const principals = await findPrincipals(sig, { allowedSigners, time, types })
    const matched = matchPrincipals(identity, { allowedSigners, types })
    assert.deepEqual(await shown(keygen, sig, allowedSigners), {
      verify: true,
      check: true,
      find: principals.map((name) => `${name}\n`).join(''),
      match: matched.map((name) => `${name}\n`).join(''),
    })
    assert.equal((await shown(keygen, sig, allowedSigners, { who: 'eve@example.com' })).verify, false)
    assert.equal((await shown(keygen, sig, allowedSigners, { namespace: 'git' })).check, false)
    // The last second of a line is valid, the one after it is not.
    const last = await shown(keygen, sig, allowedSigners, { at: '20270115080000Z' })
    assert.equal(last.verify, !certificate)
    assert.equal((await shown(keygen, sig, allowedSigners, { at: '20270115080001Z' })).verify, false)
    if (!certificate) await verifyMessage(message, sig, { ...policy, time: 1800000000 })
  }
}

async function everyKey(keygen: Keygen): Promise<void> {
  const all = await makeKeys('sshsig', [2048])
  const [authority] = all
  for (const { key, path } of all) {
    await bothWays(keygen, path, key)
    await must(
      keygen,
      '-q',
      '-s',
      authority!.path,
      '-I',
      'k',
      '-n',
      identity,
      '-V',
      '20200101Z:20260101Z',
      `${path}.pub`,
    )
    const certificate = parseCertificate(get(`${path}-cert.pub`))
    const { publicKey, algorithms } = key
    const signer: Signer = { publicKey, algorithms, certificate, sign: (data, options) => key.sign(data, options) }
    await bothWays(keygen, `${path}-cert.pub`, signer, authority!.key.publicKey)
  }
}

const installed: Keygen = (args, input) => run('ssh-keygen', args, input)
const newest: Keygen = (args, input) => sid('ssh-keygen', args, input)

interop('signatures by every key and certificate hold both ways', ['ssh-keygen'], () => everyKey(installed))

withSid('and with OpenSSH 10.6', () => everyKey(newest))

withSid('ML-DSA signs both ways, plain and by certificate', async () => {
  const path = fresh('mldsa')
  await must(newest, '-q', '-t', 'mldsa44-ed25519', '-N', '', '-f', path)
  const key = await parsePrivateKey(get(path))
  await bothWays(newest, path, key)
  await must(newest, '-q', '-s', path, '-I', 'k', '-n', identity, '-V', '20200101Z:20260101Z', `${path}.pub`)
  const certificate = parseCertificate(get(`${path}-cert.pub`))
  const { publicKey, algorithms } = key
  const signer: Signer = { publicKey, algorithms, certificate, sign: (data, options) => key.sign(data, options) }
  await bothWays(newest, `${path}-cert.pub`, signer, publicKey)
})

withSid(
  'security keys sign, touched or not, plain and by certificate',
  async () => {
    for (const type of ['ed25519-sk', 'ecdsa-sk']) {
      for (const option of [[], ['-O', 'no-touch-required']]) {
        const path = fresh('sk')
        await must(newest, '-q', '-t', type, ...option, '-N', '', '-f', path)
        const { publicKey } = await parsePrivateKey(get(path))
        // Only the security key signs: no algorithms say so here.
        const signer: Signer = { publicKey, algorithms: [], sign: () => assert.fail() }
        await bothWays(newest, path, signer)
        const [authority] = await makeKeys('authority', [])
        await must(
          newest,
          '-q',
          '-s',
          authority!.path,
          '-I',
          'k',
          '-n',
          identity,
          '-V',
          '20200101Z:20260101Z',
          `${path}.pub`,
        )
        await bothWays(newest, `${path}-cert.pub`, signer, authority!.key.publicKey)

        const file = put(message, 'message')
        await must(newest, '-q', '-Y', 'sign', '-f', path, '-n', 'file', file)
        const facts = await checkMessageSignature(message, get(`${file}.sig`), { namespace: 'file', types })
        assert.equal(facts.userPresent, option.length === 0)
      }
    }
  },
  softwareSecurityKey !== undefined,
)

interop(
  'a revoked key or certificate is refused both ways, by a list of keys and by a KRL',
  ['ssh-keygen'],
  async () => {
    const [first, second] = await makeKeys('revoked', [])
    const authority = second!
    await must(
      installed,
      '-q',
      '-s',
      authority.path,
      '-I',
      'k',
      '-n',
      identity,
      '-z',
      '7',
      '-V',
      '20200101Z:20260101Z',
      `${first!.path}.pub`,
    )
    const line = get(`${first!.path}-cert.pub`)
    const certificate = parseCertificate(line)
    assert.equal(formatCertificate(certificate), new TextDecoder().decode(line))
    const { publicKey, algorithms } = first!.key
    const signer: Signer = {
      publicKey,
      algorithms,
      certificate,
      sign: (data, options) => first!.key.sign(data, options),
    }
    const krl = async (spec: string, ...more: string[]) => {
      const file = fresh('krl')
      await must(installed, '-q', '-k', '-f', file, ...more, put(spec, 'spec'))
      return file
    }
    const files = [
      `${first!.path}.pub`,
      `${authority.path}.pub`,
      await krl('serial: 7\n', '-s', `${authority.path}.pub`),
      await krl('serial: 8\n', '-s', `${authority.path}.pub`),
      await krl('id: k\n', '-s', `${authority.path}.pub`),
      await krl(`key: ${new TextDecoder().decode(get(`${first!.path}.pub`))}`),
      fresh('missing'),
    ]
    writeFileSync(files.at(-1)!, '')
    let refused = 0
    for (const file of files) {
      for (const byCertificate of [true, false]) {
        const sig = await signMessage(message, signer, { namespace: 'file', certificate: byCertificate })
        const allowedSigners = signersOf(byCertificate ? authority.key.publicKey : publicKey, byCertificate)
        const at = ['-Overify-time=20231114221320Z', '-r', file]
        const args = ['-Y', 'verify', '-n', 'file', '-I', identity, '-f', put(allowedSigners), '-s', put(sig), ...at]
        const { code } = await installed(args, message)
        const revocation = revocationFrom(get(file), { types })
        const policy = { allowedSigners, identity, namespace: 'file', time, revocation, types }
        const mine = await verifyMessage(message, sig, policy).then(
          () => 0,
          (error) => error.code,
        )
        assert.equal(mine, code === 0 ? 0 : 'revoked', `${file} ${byCertificate}`)
        if (code !== 0) refused++
      }
    }
    assert.equal(refused, 7)
  },
)
