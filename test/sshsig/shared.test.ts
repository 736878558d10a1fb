/**
 * SSHSIG and allowed signers of the corpus in `../shared/vectors` (its README says how to read it), where it lies beside
 * the repository. Nothing depends on it: without it this file says so and passes.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { allTypes } from '../../src/keys/index.ts'
import { revocationFrom } from '../../src/krl/index.ts'
import {
  checkMessageSignature,
  findPrincipals,
  formatSshsig,
  matchPrincipals,
  parseAllowedSigners,
  parseSshsig,
  verifyMessage,
} from '../../src/sshsig/index.ts'
import { parseAbsoluteTime } from '../../src/wire/absolute-time.ts'

interface Entry {
  readonly path: string
  readonly kind: string
  readonly message?: string
  readonly namespace?: string
  readonly allowedSigners?: string
  readonly revoked?: string
  readonly identity?: string
  readonly options?: readonly string[]
  readonly mayReject?: boolean
  readonly note?: string
  readonly variant?: string
  readonly expect: {
    readonly valid?: boolean
    readonly ok?: boolean
    readonly exit?: number
    readonly principals?: readonly string[]
    readonly fields?: { readonly [name: string]: unknown }
  }
}

const folder = new URL('../../../shared/vectors/made/', import.meta.url)
const present = existsSync(new URL('manifest.json', folder))
if (!present) console.log('sshsig: SKIPPED, there is no ../shared/vectors beside this repository')
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))
const json = (path: string) => JSON.parse(new TextDecoder().decode(file(path)))
const manifest: readonly Entry[] = present ? json('manifest.json') : []
const generatedAt: number = present ? json('about.json').generatedAt : 0
const of = (kind: string) => manifest.filter((entry) => entry.kind === kind)
const types = allTypes

/** The error of `work`, which must be a coded one; `undefined` where it succeeds. */
async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    if (error instanceof SshError) return error.code
    throw error
  }
  return undefined
}

/** `undefined` for a time that is none, which the command refuses before anything else. */
function timeOf(entry: Entry): bigint | number | undefined {
  const [, text] = /^verify-time=(.*)$/.exec(entry.options?.[0] ?? '') ?? []
  return text === undefined ? generatedAt : parseAbsoluteTime(text)
}

/** What OpenSSH takes and we do not, on purpose. */
const stricter = new Set(['version-0'])

const named = (entry: Entry) => JSON.stringify([entry.path, entry.identity, entry.namespace, entry.note, entry.options])

test('every signature of the corpus is judged as check-novalidate judges it, and its fields are read', async () => {
  const entries = of('sshsig')
  if (present) assert.ok(entries.length >= 115)
  for (const entry of entries) {
    const work = () =>
      checkMessageSignature(file(entry.message!), file(entry.path), { namespace: entry.namespace!, types })
    const code = await codeOf(work)
    const refused = stricter.has(entry.variant ?? '')
    if (refused) assert.ok(entry.mayReject, named(entry))
    assert.equal(code === undefined, entry.expect.valid === true && !refused, `${named(entry)}: ${code}`)
    const { fields } = entry.expect
    if (code !== undefined || !fields) continue
    const sig = parseSshsig(file(entry.path), { types })
    assert.deepEqual(
      {
        publicKeyType: sig.certificate?.type ?? sig.publicKey.type,
        namespace: sig.namespace,
        hashAlgorithm: sig.hash,
        signatureAlgorithm: sig.signature.algorithm,
      },
      {
        publicKeyType: fields.publicKeyType,
        namespace: fields.namespace,
        hashAlgorithm: fields.hashAlgorithm,
        signatureAlgorithm: fields.signatureAlgorithm,
      },
    )
    if (!entry.path.includes('crafted')) assert.equal(formatSshsig(sig), new TextDecoder().decode(file(entry.path)))
  }
})

test('every verdict of -Y verify in the corpus is ours', async () => {
  const entries = of('sshsig-verify')
  if (present) assert.ok(entries.length >= 238)
  let accepted = 0
  for (const entry of entries) {
    const revocation = entry.revoked ? revocationFrom(file(entry.revoked), { types }) : undefined
    const time = timeOf(entry)
    if (time === undefined) {
      assert.equal(entry.expect.ok, false)
      continue
    }
    const work = () =>
      verifyMessage(file(entry.message!), file(entry.path), {
        allowedSigners: file(entry.allowedSigners!),
        identity: entry.identity!,
        namespace: entry.namespace!,
        time,
        revocation,
        types,
      })
    const code = await codeOf(work)
    const expected = entry.expect.ok === true && !(entry.mayReject && code !== undefined)
    assert.equal(code === undefined, expected, `${named(entry)}: ${code}`)
    if (code === undefined) accepted++
  }
  if (present) assert.ok(accepted > 50, `${accepted}`)
})

test('find-principals says what ssh-keygen says', async () => {
  const entries = of('sshsig-find-principals')
  if (present) assert.ok(entries.length >= 83)
  for (const entry of entries) {
    let found: readonly string[] = []
    const options = { allowedSigners: file(entry.allowedSigners!), time: timeOf(entry)!, types }
    const code = await codeOf(async () => {
      found = await findPrincipals(file(entry.path), options)
    })
    assert.deepEqual(found, entry.expect.principals, `${named(entry)}: ${code}`)
  }
})

test('match-principals says what ssh-keygen says', async () => {
  const entries = of('sshsig-match-principals')
  if (present) assert.ok(entries.length >= 29)
  for (const entry of entries) {
    let found: readonly string[] = []
    const code = await codeOf(() => {
      found = matchPrincipals(entry.identity!, { allowedSigners: file(entry.path), types })
    })
    assert.deepEqual(found, entry.expect.principals, `${named(entry)}: ${code}`)
    // 210 is "not found", 252 a line that is none.
    assert.equal(code !== undefined, entry.expect.exit === 252, `${named(entry)}: ${code}`)
  }
})

test('each file of allowed signers is read, and its bad lines are told apart', () => {
  const entries = of('allowed-signers')
  if (present) assert.ok(entries.length >= 19)
  for (const { path, note } of entries) {
    const { entries: signers, problems } = parseAllowedSigners(file(path), { types })
    const faulty = /bad-|double|missing|reversed/.test(note ?? '')
    assert.equal(problems.length, faulty ? 1 : 0, path)
    const lines = new TextDecoder().decode(file(path)).split('\n')
    const spoken = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
    assert.equal(signers.length, spoken.length - problems.length, path)
  }
})

test('a list of revoked keys revokes a key of it, and no other', async () => {
  for (const { path } of of('revoked-keys')) {
    const revocation = revocationFrom(file(path), { types })
    const { publicKey } = parseSshsig(file('set1/sshsig/ed25519.file.sha512.sig'), { types })
    assert.notEqual(await revocation(publicKey), undefined)
    const other = parseSshsig(file('set1/sshsig/rsa2048.file.sha512.sig'), { types })
    assert.equal(await revocation(other.publicKey), undefined)
  }
})
