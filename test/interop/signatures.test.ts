/** Signatures both ways with OpenSSL, over the keys of our own files. */

import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { sign, verify } from '../../src/index.ts'
import { signatureOf } from '../../src/keys/index.ts'
import { Reader, Writer } from '../../src/wire/index.ts'
import { fresh, get, inParallel, interop, type KeyFiles, makeKeys, must, put, run } from './support.ts'

const keys = await makeKeys('signer')

/** Each algorithm of each key, with the hash that OpenSSL calls it by; Ed25519 has none to choose. */
const jobs: readonly (readonly [KeyFiles, algorithm: string, hash: string | undefined])[] = keys.flatMap((k) => {
  if (k.title === 'ED25519') return [[k, 'ssh-ed25519', undefined] as const]
  if (k.title === 'ECDSA') return [[k, k.key.type, { 256: 'sha256', 384: 'sha384', 521: 'sha512' }[k.bits]] as const]
  return [
    [k, 'rsa-sha2-512', 'sha512'] as const,
    [k, 'rsa-sha2-256', 'sha256'] as const,
    [k, 'ssh-rsa', 'sha1'] as const,
  ]
})

/** Signatures of each direction and algorithm: enough that r and s of ECDSA are short or have their top bit set. */
const ROUNDS = 12

function message(round: number): Uint8Array {
  return new Uint8Array(round * 50).fill(round)
}

/** A DER value of less than 65536 octets. */
function tlv(tag: number, body: Uint8Array): Uint8Array {
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255]
  return Uint8Array.of(tag, ...length, ...body)
}

/** The content of the DER value at `at` and where it ends; lengths below 256. */
function readTlv(der: Uint8Array, at: number): { body: Uint8Array; end: number } {
  const long = der[at + 1] === 0x81
  const start = at + (long ? 3 : 2)
  const end = start + der[long ? at + 2 : at + 1]!
  return { body: der.subarray(start, end), end }
}

/** What OpenSSL takes for a signature: r and s as DER integers, which have the octets of an mpint; else the raw value. */
function toOpenssl(title: string, blob: Uint8Array): Uint8Array {
  const reader = new Reader(blob)
  reader.name('algorithm', 64)
  const value = reader.string('signature')
  reader.end('signature')
  if (title !== 'ECDSA') return value
  const inner = new Reader(value)
  return tlv(0x30, Uint8Array.of(...tlv(2, inner.string('r')), ...tlv(2, inner.string('s'))))
}

function fromOpenssl(title: string, algorithm: string, signature: Uint8Array): Uint8Array {
  if (title !== 'ECDSA') return signatureOf(algorithm, new Writer().string(signature).take()).blob
  const { body } = readTlv(signature, 0)
  const r = readTlv(body, 0)
  const s = readTlv(body, r.end)
  return signatureOf(algorithm, new Writer().string(new Writer().string(r.body).string(s.body).take()).take()).blob
}

/** RFC 8410 sections 4 and 7: the DER of Ed25519 keys differs in the last 32 octets only. */
function ed25519Der(prefix: string, key: Uint8Array): Uint8Array {
  return Uint8Array.of(...Buffer.from(prefix, 'hex'), ...key)
}

/** The public key for OpenSSL: by ssh-keygen, which exports no Ed25519. */
async function opensslPublic({ title, key, path }: KeyFiles): Promise<string[]> {
  if (title !== 'ED25519') return [put(await must('ssh-keygen', ['-e', '-m', 'PKCS8', '-f', `${path}.pub`]))]
  const point = key.exposeComponents().public!
  return [put(ed25519Der('302a300506032b6570032100', point)), '-keyform', 'DER']
}

/** The private key for OpenSSL, converted by ssh-keygen from our file. */
async function opensslPrivate({ title, key, path }: KeyFiles): Promise<string[]> {
  if (title === 'ED25519') {
    const seed = key.exposeComponents().seed!
    return [put(ed25519Der('302e020100300506032b657004220420', seed)), '-keyform', 'DER']
  }
  const copy = fresh('pkcs8')
  copyFileSync(path, copy)
  await must('ssh-keygen', ['-q', '-p', '-P', '', '-N', '', '-m', 'PKCS8', '-f', copy])
  return [copy]
}

function digest(hash: string | undefined): string[] {
  return hash === undefined ? ['-rawin'] : ['-rawin', '-digest', hash]
}

interop('OpenSSL verifies our signatures', ['ssh-keygen', 'openssl'], async (t) => {
  await inParallel(jobs, async ([files, algorithm, hash]) => {
    const publicKey = await opensslPublic(files)
    for (let round = 0; round < ROUNDS; round++) {
      const data = put(message(round + 1))
      const { blob } = await sign(files.key, get(data), { algorithm })
      const signature = put(toOpenssl(files.title, blob))
      const args = ['pkeyutl', '-verify', '-pubin', '-inkey', ...publicKey, ...digest(hash), '-sigfile', signature]
      await must('openssl', [...args, '-in', data])
      if (round === 0) assert.notEqual((await run('openssl', [...args, '-in', put('another')])).code, 0)
    }
  })
  t.diagnostic(`${jobs.length * ROUNDS} signatures`)
})

interop("we verify OpenSSL's signatures", ['ssh-keygen', 'openssl'], async (t) => {
  await inParallel(jobs, async ([files, algorithm, hash]) => {
    const privateKey = await opensslPrivate(files)
    const { publicKey } = files.key
    const policy = { algorithms: [algorithm] }
    for (let round = 0; round < ROUNDS; round++) {
      const data = message(round + 1)
      const out = fresh('signature')
      await must('openssl', [
        'pkeyutl',
        '-sign',
        '-inkey',
        ...privateKey,
        ...digest(hash),
        '-in',
        put(data),
        '-out',
        out,
      ])
      const blob = fromOpenssl(files.title, algorithm, get(out))
      assert.equal((await verify(publicKey, blob, data, policy)).algorithm, algorithm)
      if (round > 0) continue
      await assert.rejects(verify(publicKey, blob, message(99), policy), { code: 'bad-signature' })
      if (algorithm === 'ssh-rsa') {
        await assert.rejects(verify(publicKey, blob, data), { code: 'algorithm-not-allowed' })
      }
    }
  })
  t.diagnostic(`${jobs.length * ROUNDS} signatures`)
})

interop('deterministic signatures are octet for octet those of OpenSSL', ['ssh-keygen', 'openssl'], async () => {
  await inParallel(jobs, async ([files, algorithm, hash]) => {
    if (files.title === 'ECDSA') return
    const privateKey = await opensslPrivate(files)
    const out = fresh('signature')
    const data = message(3)
    await must('openssl', ['pkeyutl', '-sign', '-inkey', ...privateKey, ...digest(hash), '-in', put(data), '-out', out])
    const ours = await sign(files.key, data, { algorithm })
    assert.deepEqual(Uint8Array.from(toOpenssl(files.title, ours.blob)), Uint8Array.from(get(out)))
  })
})
