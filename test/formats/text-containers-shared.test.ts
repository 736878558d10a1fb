/**
 * PPK, RFC 4716, ssh.com's keys, SSHFP and bubblebabble against the corpus in `../shared/vectors`, where it lies beside
 * the repository: every entry, with the right and a wrong passphrase. Nothing depends on it: without it this file says
 * so and passes.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { sha1 } from '../../src/crypto/index.ts'
import { LimitError, SshError } from '../../src/errors.ts'
import { bubblebabble, matchFingerprint } from '../../src/fingerprint/index.ts'
import { parsePrivateKey, parsePublicKey } from '../../src/formats/parse.ts'
import { ppk2, ppk3 } from '../../src/formats/ppk.ts'
import { rfc4716 } from '../../src/formats/rfc4716.ts'
import { decodeSsh2Armor } from '../../src/formats/ssh2-armor.ts'
import { sshcom } from '../../src/formats/sshcom.ts'
import { formatSshfp, matchSshfp, parseSshfp } from '../../src/formats/sshfp.ts'
import { fingerprint, parsePrivateKey as parseAny } from '../../src/index.ts'
import { type PublicKey, parsePublicLine, allTypes as types } from '../../src/keys/index.ts'
import type { Limits } from '../../src/limits.ts'

interface Entry {
  readonly path: string
  readonly kind: string
  readonly format?: string
  readonly passphrase?: string | null
  readonly encrypted?: boolean
  readonly expect: {
    readonly load?: boolean | null
    readonly fingerprint?: string | null
    readonly comment?: string
    readonly resourceLimit?: boolean
    readonly headers?: readonly (readonly [string, string])[]
    readonly bubblebabble?: string
    readonly fingerprints?: Readonly<Record<string, string>>
    readonly sshfp?: { readonly text: readonly string[]; readonly generic: readonly string[] } | null
  }
}

interface Fetched extends Omit<Entry, 'expect'> {
  readonly upstream?: { readonly comment?: string }
  readonly oracle?: { readonly putty?: boolean; readonly openssh?: boolean; readonly fingerprint?: string }
}

const folder = new URL('../../../shared/vectors/', import.meta.url)
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))
const json = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, folder), 'utf8'))
const ours = /^(ppk|sshcom|rfc4716)/
const formats = [ppk2, ppk3, sshcom]

/** Of an old PuTTY, whose RSA keys may lack a bit: for the caller who lowers the limit. */
const short = 'mscdex-ssh2/keyParser/ppk_rsa_enc'

async function read(
  entry: Pick<Entry, 'kind' | 'passphrase'>,
  bytes: Uint8Array,
  limits: Partial<Limits> = {},
): Promise<PublicKey> {
  if (entry.kind === 'public-key') return parsePublicKey(bytes, { types, formats: [rfc4716] })
  const options = { types, formats, limits, passphrase: entry.passphrase ?? undefined }
  return (await parsePrivateKey(bytes, options)).publicKey
}

async function checkEntry(entry: Entry): Promise<void> {
  const { path, expect } = entry
  const bytes = file(`made/${path}`)
  const result = await read(entry, bytes).catch((error: unknown) => error)
  if (result instanceof Error) {
    assert.ok(result instanceof SshError, `${path}: ${result}`)
    assert.notEqual(expect.load, true, `${path}: ${result}`)
    if (expect.resourceLimit) assert.ok(result instanceof LimitError, path)
    return
  }
  const key = result as PublicKey
  assert.notEqual(expect.load, false, path)
  assert.equal(fingerprint(key), expect.fingerprint, path)
  if (expect.comment !== undefined) assert.equal(key.comment, expect.comment, path)
  if (expect.headers) assert.deepEqual(decodeSsh2Armor(bytes).headers, expect.headers, path)
  if (!entry.encrypted) return
  await assert.rejects(read({ ...entry, passphrase: 'not this one' }, bytes), { code: 'passphrase-wrong' }, path)
  await assert.rejects(read({ ...entry, passphrase: null }, bytes), { code: 'passphrase-required' }, path)
}

async function checkFetched(entry: Fetched): Promise<void> {
  const loads = entry.oracle?.putty ?? entry.oracle?.openssh
  const bytes = file(`fetched/${entry.path}`)
  if (entry.path === short) await assert.rejects(read(entry, bytes), { code: 'limit' })
  const limits = entry.path === short ? { rsaBitsMin: 1023 } : {}
  const result = await read(entry, bytes, limits).catch((error: unknown) => error)
  if (loads === false) return assert.ok(result instanceof SshError, entry.path)
  assert.ok(!(result instanceof Error), `${entry.path}: ${result}`)
  assert.equal(fingerprint(result as PublicKey), entry.oracle?.fingerprint, entry.path)
  if (entry.upstream?.comment) assert.equal((result as PublicKey).comment, entry.upstream.comment, entry.path)
}

function checkLine({ path, expect }: Entry): void {
  const key = parsePublicLine(new TextDecoder().decode(file(`made/${path}`)))
  if (expect.bubblebabble) {
    assert.equal(bubblebabble(key, { hash: sha1 }), expect.bubblebabble, path)
    assert.equal(matchFingerprint(key, expect.bubblebabble)?.form, 'bubblebabble', path)
  }
  for (const [hash, shown] of Object.entries(expect.fingerprints ?? {})) {
    assert.equal(matchFingerprint(key, shown)?.form, `openssh-${hash}`, path)
  }
  if (expect.sshfp === null) {
    assert.throws(() => formatSshfp(key, { host: 'host.example', types }), { code: 'unsupported-type' }, path)
  } else if (expect.sshfp) {
    const lines = (generic: boolean) => formatSshfp(key, { host: 'host.example', types, generic }).trimEnd().split('\n')
    assert.deepEqual(lines(false), expect.sshfp.text, path)
    assert.deepEqual(lines(true), expect.sshfp.generic, path)
    const records = parseSshfp([...expect.sshfp.text, ...expect.sshfp.generic].join('\n'))
    assert.deepEqual(matchSshfp(records, key, { types }), { matching: records, differing: [] }, path)
  }
}

if (!existsSync(folder)) {
  console.log('NOT TESTED: the corpus ../shared/vectors is not here')
} else {
  const made = json<readonly Entry[]>('made/manifest.json')
  it('every file that the corpus made', async (t) => {
    const entries = made.filter((entry) => ours.test(entry.format ?? ''))
    for (const entry of entries) await checkEntry(entry)
    assert.ok(entries.length > 100)
    t.diagnostic(`${entries.length} entries`)
  })

  it('every file that it fetched', async () => {
    const entries = json<readonly Fetched[]>('fetched/index.json').filter((entry) => ours.test(entry.format ?? ''))
    for (const entry of entries) await checkFetched(entry)
    assert.ok(entries.length > 10)
  })

  it('every shown fingerprint and SSHFP record', () => {
    const entries = made.filter((entry) => entry.expect?.bubblebabble !== undefined)
    for (const entry of entries) checkLine(entry)
    assert.ok(entries.length > 5)
  })

  it("a cloud's answer: the key out of the raw JSON, its fingerprint in Alibaba's form", async () => {
    const answer = file('article/create-key-pair.json')
    const { KeyPairFingerPrint } = json<{ KeyPairFingerPrint: string }>('article/create-key-pair.json')
    const key = await parseAny(answer)
    assert.deepEqual(matchFingerprint(key, KeyPairFingerPrint), { form: 'alibaba', hash: 'md5' })
  })
}
