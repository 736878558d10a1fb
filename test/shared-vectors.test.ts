/**
 * Runs through the corpus in `../shared/vectors` (its README says how to read it) where it lies beside the repository.
 * Nothing depends on it: without it this file says so and passes.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type CertificateFacts, checkCertificate, verifyCertificateSignature } from '../src/cert/index.ts'
import { LimitError, SshError } from '../src/errors.ts'
import {
  fingerprint,
  formatPrivateKey,
  formatPublicKey,
  identify,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  randomart,
} from '../src/index.ts'
import { allTypes, type PublicKey, type Signature } from '../src/keys/index.ts'
import { Reader } from '../src/wire/reader.ts'
import { decodeText } from '../src/wire/text.ts'
import { hex, octets, toHex } from './support/bytes.ts'

const folder = new URL('../../shared/vectors/made/', import.meta.url)

interface AuthorityVerdict {
  readonly kind: 'user' | 'host'
  readonly time: number
  readonly principal: string | null
  readonly wildcard: boolean
  readonly ok: boolean
  readonly reason: string | null
}

interface AuthOptions {
  readonly [flag: string]: unknown
  readonly forceCommand: string | null
  readonly fromCert: string | null
}

/** The parts of an expectation that are used here. */
interface Expectation {
  readonly load?: boolean | null
  readonly fingerprint?: string
  readonly fingerprints?: Readonly<Record<'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512', string>>
  readonly randomart?: Readonly<Record<'md5' | 'sha256', string>>
  readonly comment?: string
  readonly publicLine?: string
  readonly resourceLimit?: boolean
  readonly parses?: boolean
  readonly shouldParse?: boolean | null
  readonly fields?: Readonly<Record<string, unknown>>
  readonly authOptions?: 'default' | false | AuthOptions
  readonly authority?: readonly AuthorityVerdict[]
  readonly lines?: readonly {
    readonly lineBase64: string
    readonly loadPublic: {
      readonly ok: boolean
      readonly type?: string
      readonly fp?: string
      readonly comment?: string | null
    }
  }[]
}

interface Entry {
  readonly path: string
  readonly kind: string
  readonly format?: string
  readonly keyType?: string
  readonly passphrase?: string | null
  readonly encrypted?: boolean
  readonly negative?: boolean
  readonly variant?: string
  readonly tool?: string
  readonly ca?: string
  readonly kdf?: { readonly name: string; readonly rounds: number }
  readonly expect: Expectation
}

const known = new Set(allTypes.map((type) => type.name))
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))
const all = allTypes.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
const sshSha256 = (key: Parameters<typeof fingerprint>[0]) => fingerprint(key)

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

const present = existsSync(new URL('manifest.json', folder))
if (!present) console.log('shared-vectors: SKIPPED, there is no ../shared/vectors beside this repository')

/** JSON numbers above 2^53 lose their end: the one such time, 2^64 - 1, is read from its digits. */
const manifest: readonly Entry[] = present ? JSON.parse(new TextDecoder().decode(file('manifest.json'))) : []
const seconds = (time: number): bigint => (time >= 2 ** 64 ? 0xffffffffffffffffn : BigInt(time))

const entries = (kind: string, format: string) =>
  manifest.filter((entry) => entry.kind === kind && entry.format === format)
const privates = entries('private-key', 'openssh-key-v1')
const lines = entries('public-line', 'openssh-public')
const certificates = entries('certificate', 'openssh-cert')
const counts: Record<string, number> = {}
const count = (what: string) => {
  counts[what] = (counts[what] ?? 0) + 1
}

/** Of entries that name no type the file itself says it, in its clear half. */
function typeOf(entry: Entry): string | undefined {
  if (entry.keyType) return entry.keyType
  try {
    const found = identify(file(entry.path))
    return found.artifact === 'private-key' ? found.publicKey?.type : undefined
  } catch (error) {
    if (error instanceof SshError) return undefined
    throw error
  }
}

async function checkPrivate(entry: Entry): Promise<void> {
  const { load } = entry.expect
  const input = file(entry.path)
  const passphrase = entry.passphrase ?? undefined
  const open = () => parsePrivateKey(input, { passphrase })
  const type = typeOf(entry)
  if (type !== undefined && !known.has(type)) {
    // The clear half is read all the same; what is inside needs the type.
    const code = await codeOf(open)
    if (load) assert.equal(code, 'unsupported-type')
    else assert.ok(code)
    count('private keys of types that are not there yet, refused as unsupported')
    return
  }
  if (load === false) {
    assert.ok(await codeOf(open), 'must be refused')
    count('private keys refused')
    if (entry.expect.resourceLimit) await assert.rejects(open, LimitError)
    if (entry.passphrase === null) {
      assert.equal(await codeOf(open), 'passphrase-required')
      assert.ok((identify(input) as { encrypted?: unknown }).encrypted)
    }
    return
  }
  if (load === null) {
    const code = await codeOf(open)
    count(code ? 'private keys where either is fine, refused' : 'private keys where either is fine, read')
    return
  }
  const key = await open()
  if (entry.expect.fingerprint) assert.equal(sshSha256(key), entry.expect.fingerprint)
  if (entry.expect.comment !== undefined) assert.equal(key.comment, entry.expect.comment)
  if (entry.expect.publicLine) {
    assert.equal(formatPublicKey(key.publicKey).trimEnd(), entry.expect.publicLine.trimEnd())
  }
  // What is written is read again.
  const again = await parsePrivateKey(await formatPrivateKey(key))
  assert.deepEqual(again.exposeComponents(), key.exposeComponents())
  count('private keys read')
  if (entry.encrypted) {
    assert.equal(await codeOf(() => parsePrivateKey(input)), 'passphrase-required')
    // Every wrong passphrase costs a KDF: once a cipher is enough for the costly ones.
    if ((entry.kdf?.rounds ?? 1) === 1) {
      assert.equal(await codeOf(() => parsePrivateKey(input, { passphrase: `${passphrase}!` })), 'passphrase-wrong')
      count('private keys refused under a wrong passphrase')
    }
  }
}

function checkLine(entry: Entry): void {
  const input = file(entry.path)
  if (!entry.expect.load) {
    assert.throws(() => parsePublicKey(input), SshError)
    count('public lines refused')
    return
  }
  const key = parsePublicKey(input)
  assert.equal(key.type, entry.keyType)
  if (entry.expect.comment !== undefined) assert.equal(key.comment, entry.expect.comment)
  for (const [hash, expected] of Object.entries(entry.expect.fingerprints ?? {})) {
    // MD5 is written with or without its name in front.
    const ours = fingerprint(key, { hash: hash as 'md5' })
    assert.ok(ours === expected || ours === `${hash.toUpperCase()}:${expected}`, `${hash}: ${ours}, ${expected}`)
  }
  // The frame of randomart names the size, which needs the type.
  const art = entry.expect.randomart
  if (art && known.has(key.type)) {
    assert.equal(randomart(key), art.sha256.trimEnd())
    assert.equal(randomart(key, { hash: 'md5' }), art.md5.trimEnd())
  }
  assert.deepEqual(parsePublicKey(formatPublicKey(key)).blob, key.blob)
  count(known.has(key.type) ? 'public lines read' : 'public lines read opaque')
}

/** Lines where the verdict here is not the corpus's, as its README says. */
const differences: Readonly<Record<string, 'taken' | 'refused'>> = {
  'signature algorithm as type': 'refused',
  BOM: 'taken',
}

function checkLines(entry: Entry): void {
  for (const { lineBase64, loadPublic } of entry.expect.lines ?? []) {
    const input = octets(atob(lineBase64))
    const text = decodeText(input)
    const name = Object.keys(differences).find((end) => text.trimEnd().endsWith(` ${end}`))
    const wanted = name ? differences[name] === 'taken' : loadPublic.ok
    let key: PublicKey | undefined
    try {
      key = parsePublicKey(input)
    } catch (error) {
      if (!(error instanceof SshError)) throw error
    }
    assert.equal(key !== undefined, wanted, text)
    count(name ? 'odd public lines that differ by name' : 'odd public lines')
    if (!key || !loadPublic.ok) continue
    assert.equal(key.type, loadPublic.type)
    assert.equal(fingerprint(key), loadPublic.fp)
    assert.equal(key.comment, loadPublic.comment ?? '')
  }
}

/** What of OpenSSH's options of a login our facts say. */
function checkAuthOptions(facts: CertificateFacts, wanted: 'default' | AuthOptions): void {
  const everything = [
    'permit-X11-forwarding',
    'permit-agent-forwarding',
    'permit-port-forwarding',
    'permit-pty',
    'permit-user-rc',
  ]
  if (wanted === 'default') {
    assert.deepEqual(facts.permissions, everything)
    assert.deepEqual([facts.forceCommand, facts.sourceAddresses, facts.verifyRequired], [null, null, false])
    return
  }
  const flags = [
    'noRequireUserPresence',
    'permitX11Forwarding',
    'permitAgentForwarding',
    'permitPortForwarding',
    'permitPty',
    'permitUserRc',
  ]
  const names = ['no-touch-required', ...everything]
  assert.deepEqual(
    facts.permissions,
    names.filter((_, i) => wanted[flags[i]!] === 1),
  )
  assert.equal(facts.forceCommand, wanted.forceCommand)
  assert.deepEqual(facts.sourceAddresses, wanted.fromCert?.split(',') ?? null)
  assert.equal(facts.verifyRequired, wanted.requireVerify === 1)
}

const codes: Readonly<Record<string, string>> = {
  'Certificate invalid: name is not a listed principal': 'principal',
  'Certificate invalid: not yet valid': 'not-yet-valid',
  'Certificate invalid: expired': 'expired',
  'Certificate invalid: not a host certificate': 'wrong-kind',
  'Certificate invalid: not a user certificate': 'wrong-kind',
  'Certificate lacks principal list': 'principal',
}

/** Both names of the certificate type, and of the authority, must be there for a verdict. */
function isSupported(entry: Entry): boolean {
  const { keyType, caKeyType } = (entry.expect.fields ?? {}) as { keyType?: string; caKeyType?: string }
  return (keyType === undefined || known.has(keyType)) && (caKeyType === undefined || known.has(caKeyType))
}

async function checkCertificateEntry(entry: Entry): Promise<void> {
  const { expect } = entry
  const input = file(entry.path)
  const wanted = expect.shouldParse === undefined ? expect.parses : expect.shouldParse
  if (!isSupported(entry)) {
    const { keyType } = expect.fields as { keyType: string }
    const code = await codeOf(() => {
      const read = parseCertificate(input)
      return verifyCertificateSignature(read, { types: allTypes, algorithms: all })
    })
    if (wanted) assert.equal(code, 'unsupported-type')
    else assert.ok(code)
    // A subject that is there is read, whoever signed it.
    if (known.has(keyType) && wanted) checkFields(entry)
    count('certificates of types that are not there yet, refused as unsupported')
    return
  }
  // OpenSSH's parser verifies the signature; here that is a step of its own.
  const code = await codeOf(() =>
    verifyCertificateSignature(parseCertificate(input), { types: allTypes, algorithms: all }),
  )
  if (wanted === true) assert.equal(code, undefined)
  if (wanted === false) {
    assert.ok(code, 'must be refused')
    count('certificates refused')
    return
  }
  if (wanted === null && code !== undefined) {
    count('certificates where either is fine, refused')
    return
  }
  checkFields(entry)
  count('certificates read')
  await checkVerdicts(entry)
}

function checkFields(entry: Entry): void {
  const certificate = parseCertificate(file(entry.path))
  const fields = entry.expect.fields as {
    readonly certType: string
    readonly keyType: string
    readonly nonce: string
    readonly subjectFingerprint: string
    readonly serial: string
    readonly type: string
    readonly keyId: string
    readonly principals: readonly string[]
    readonly validAfter: string
    readonly validBefore: string
    readonly criticalOptions: readonly { readonly name: string; readonly dataHex: string }[]
    readonly extensions: readonly { readonly name: string; readonly dataHex: string }[]
    readonly reservedHex: string
    readonly caKeyType: string
    readonly caFingerprint: string
    readonly signedLength: number
    readonly signatureAlgorithm: string
  }
  const options = (list: typeof certificate.extensions) =>
    list.map(({ name, data }) => ({ name, dataHex: toHex(data) }))
  const plain = (list: typeof fields.extensions) => list.map(({ name, dataHex }) => ({ name, dataHex }))
  assert.equal(certificate.type, fields.certType)
  assert.equal(certificate.publicKey.type, fields.keyType)
  assert.deepEqual(certificate.nonce, hex(fields.nonce))
  assert.equal(fingerprint(certificate), fields.subjectFingerprint)
  assert.equal(`${certificate.serial}`, fields.serial)
  assert.equal(certificate.kind, fields.type)
  assert.equal(certificate.keyId, fields.keyId)
  assert.deepEqual(certificate.principals, fields.principals)
  assert.equal(`${certificate.validAfter}`, fields.validAfter)
  assert.equal(`${certificate.validBefore}`, fields.validBefore)
  assert.deepEqual(options(certificate.criticalOptions), plain(fields.criticalOptions))
  assert.deepEqual(options(certificate.extensions), plain(fields.extensions))
  assert.equal(toHex(certificate.reserved), fields.reservedHex)
  assert.equal(certificate.authority.type, fields.caKeyType)
  assert.equal(fingerprint(certificate.authority), fields.caFingerprint)
  assert.equal(certificate.signedLength, fields.signedLength)
  assert.equal((certificate.signature satisfies Signature).algorithm, fields.signatureAlgorithm)
}

async function checkVerdicts(entry: Entry): Promise<void> {
  const certificate = parseCertificate(file(entry.path))
  const sourceAddress = firstAddress(entry)
  const policy = { types: allTypes, authorities: [certificate.authority], algorithms: all, sourceAddress }
  if (entry.ca) assert.deepEqual(parsePublicKey(file(entry.ca)).blob, certificate.authority.blob)
  const { authOptions } = entry.expect
  const refusedOptions = authOptions === false
  for (const verdict of entry.expect.authority ?? []) {
    const { kind, principal, wildcard, ok, reason } = verdict
    // Wildcards are for hosts and never for users here; the corpus asks OpenSSH's function both ways.
    if (wildcard !== (kind === 'host') && certificate.principals.some((name) => /[*?]/.test(name))) {
      count('verdicts of authorities passed over: wildcards the other way')
      continue
    }
    const time = seconds(verdict.time)
    const code = await codeOf(() => checkCertificate(certificate, { ...policy, kind, time, principal }))
    const hostWithCritical = kind === 'host' && certificate.kind === 'host' && certificate.criticalOptions.length > 0
    if (ok && (refusedOptions || hostWithCritical)) assert.equal(code, 'critical-option')
    else assert.equal(code, ok ? undefined : codes[reason!], `${kind} ${principal} at ${time}: ${reason}`)
    count('verdicts of authorities')
  }
  if (certificate.kind !== 'user' || authOptions === undefined) return
  if (certificate.principals.length === 0) return
  const time = certificate.validAfter
  const judge = () => checkCertificate(certificate, { ...policy, kind: 'user', time, principal: null })
  if (authOptions === false) assert.equal(await codeOf(judge), 'critical-option')
  else if (certificate.validAfter < certificate.validBefore) checkAuthOptions(await judge(), authOptions)
  count('options of logins')
}

/** An address that the certificate allows, where it is bound to some: the first of its list. */
function firstAddress(entry: Entry): string | undefined {
  const certificate = parseCertificate(file(entry.path))
  const option = certificate.criticalOptions.find(({ name }) => name === 'source-address')
  if (!option || option.data.length < 5) return undefined
  return decodeText(new Reader(option.data).string('list')).split(/[/,]/)[0]
}

describe('shared vectors', { skip: present ? false : 'there is no ../shared/vectors' }, () => {
  for (const entry of privates) {
    it(`${entry.path}${entry.negative ? ' (negative)' : ''}`, () => checkPrivate(entry))
  }
  for (const entry of lines) it(entry.path, () => checkLine(entry))
  for (const entry of entries('public-lines', 'openssh-public')) it(entry.path, () => checkLines(entry))
  for (const entry of certificates) it(entry.path, () => checkCertificateEntry(entry))

  it('says how many were checked', () => {
    for (const [what, number] of Object.entries(counts)) console.log(`shared-vectors: ${number} ${what}`)
    assert.ok(privates.length > 0 && lines.length > 0 && certificates.length > 0)
  })
})
