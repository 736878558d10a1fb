/**
 * The containers in DER against the corpus in `../shared/vectors`, where it lies beside the repository: every entry,
 * with the passphrase that its manifest gives. Nothing depends on it: without it this file says so and passes.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { inspectPrivateKey } from '../../src/formats/parse.ts'
import { fingerprint } from '../../src/index.ts'
import type { PublicKey } from '../../src/keys/index.ts'
import { privateFormats, readPrivate, readPublic, types } from '../support/containers.ts'

interface Entry {
  readonly path: string
  readonly kind: string
  readonly format?: string
  readonly passphrase?: string | null
  readonly encrypted?: boolean
  readonly pbe?: {
    readonly scheme: string
    readonly cipher?: string
    readonly prf?: string
    readonly iterations?: number
  }
  readonly expect: { readonly load?: boolean | null; readonly fingerprint?: string }
}

interface Fetched extends Omit<Entry, 'expect'> {
  readonly upstream?: { readonly loads?: boolean }
  readonly oracle?: { readonly openssh?: boolean; readonly fingerprint?: string }
}

const folder = new URL('../../../shared/vectors/', import.meta.url)
const ours = /^(pkcs1|pkcs8|sec1|dsa-pem|spki)/

/** The corpus holds another file than the first of two entries of this path says (openssl refuses the passphrase too). */
const stale = (entry: Entry): boolean =>
  entry.path === 'set1/keys/ecdsa521/pkcs8/aes-256-cbc-sha256.pem' && entry.passphrase === 'secret-1'

/** Fetched files that OpenSSH loads and this library refuses, each for its reason. */
const refused: Readonly<Record<string, string>> = {
  // Curves spelled out by their parameters: RFC 5480 section 2.1.1 forbids them.
  'node-sshpk/id_ecdsa_exp': 'unsupported-type',
  'node-sshpk/oakley_pubkey.pem': 'unsupported-type',
}

function json<T>(path: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'))
}

async function read(entry: Pick<Entry, 'kind' | 'passphrase'>, bytes: Uint8Array): Promise<PublicKey> {
  if (entry.kind === 'public-key') return readPublic(bytes)
  return (await readPrivate(bytes, entry.passphrase ?? undefined)).publicKey
}

function checkFacts(entry: Entry, bytes: Uint8Array): void {
  const { encrypted } = inspectPrivateKey(bytes, { types, formats: privateFormats })
  if (entry.encrypted !== undefined) assert.equal(encrypted !== null, entry.encrypted, entry.path)
  if (entry.pbe?.scheme !== 'PBES2' || !encrypted) return
  assert.equal(encrypted.cipher, entry.pbe.cipher)
  if (entry.pbe.prf) assert.equal(encrypted.kdf, `pbkdf2-hmac-${entry.pbe.prf.replace('hmacWithSHA', 'sha')}`)
  if (entry.pbe.iterations) assert.equal(encrypted.rounds, entry.pbe.iterations)
}

if (!existsSync(folder)) {
  console.log('NOT TESTED: ../shared/vectors is not here')
} else {
  it('made by real tools: each entry yields what its manifest says', async (t) => {
    let count = 0
    for (const entry of json<Entry>('made/manifest.json')) {
      if (!ours.test(entry.format ?? '') || stale(entry)) continue
      count++
      const bytes = new Uint8Array(readFileSync(new URL(`made/${entry.path}`, folder)))
      const { load, fingerprint: expected } = entry.expect
      try {
        const key = await read(entry, bytes)
        assert.notEqual(load, false, `${entry.path}: was to be refused`)
        if (expected) assert.equal(fingerprint(key), expected, entry.path)
        if (entry.kind === 'private-key') checkFacts(entry, bytes)
      } catch (error) {
        assert.ok(error instanceof SshError, `${entry.path}: ${error}`)
        assert.notEqual(load, true, `${entry.path}: ${error.code} ${error.message}`)
      }
      if (entry.passphrase && load) {
        await assert.rejects(readPrivate(bytes, `${entry.passphrase}?`), { code: 'passphrase-wrong' }, entry.path)
        await assert.rejects(readPrivate(bytes), { code: 'passphrase-required' }, entry.path)
      }
    }
    assert.ok(count > 280)
    t.diagnostic(`${count} entries`)
  })

  it('fetched from other projects: what OpenSSH loads, loads', async (t) => {
    let count = 0
    for (const entry of json<Fetched>('fetched/index.json')) {
      if (!ours.test(entry.format ?? '') || !entry.oracle) continue
      count++
      const bytes = new Uint8Array(readFileSync(new URL(`fetched/${entry.path}`, folder)))
      try {
        const key = await read(entry, bytes)
        if (entry.oracle.fingerprint) assert.equal(fingerprint(key), entry.oracle.fingerprint, entry.path)
        assert.notEqual(entry.upstream?.loads, false, `${entry.path}: was to be refused`)
      } catch (error) {
        assert.ok(error instanceof SshError, `${entry.path}: ${error}`)
        const reason = refused[entry.path]
        if (reason) assert.equal(error.code, reason, entry.path)
        else assert.notEqual(entry.oracle.openssh, true, `${entry.path}: ${error.code} ${error.message}`)
      }
    }
    assert.ok(count > 60)
    t.diagnostic(`${count} files`)
  })
}
