/**
 * The tables of docs/formats.md: every cell is computed by doing it. `UPDATE_DOCS=1` writes them anew.
 *
 * A cell says what happened: a key of the type was written and read again, or a file that a real tool made was read.
 * `UnsupportedError` alone makes a dash; any other error fails the test.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import { UnsupportedError } from '../../src/errors.ts'
import {
  allPrivateFormats,
  allPublicFormats,
  encodePrivateKey,
  encodePublicKey,
  formatPrivateKey,
  formatPublicKey,
  opensshPrivate,
  type PrivateFormat,
  type PublicFormat,
  parsePrivateKey,
  parsePublicKey,
  ppk3With,
  type WritePrivateOptions,
} from '../../src/formats/index.ts'
import { type KeyType, PrivateKey, allTypes as types } from '../../src/keys/index.ts'
import { createCertificateRequest, createSelfSignedCertificate } from '../../src/x509/index.ts'
import { vector } from '../support/vectors.ts'
import { assertMade, pageText, table } from './page.ts'
import { withSubjectKey } from './x509.ts'

const passphrase = 'correct horse'

/** A key of each type, from a real tool where there is one. */
const files: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'keys/ed25519',
  'ecdsa-sha2-nistp256': 'keys/ecdsa256',
  'ecdsa-sha2-nistp384': 'keys/ecdsa384',
  'ecdsa-sha2-nistp521': 'keys/ecdsa521',
  'ssh-rsa': 'keys/rsa2048',
  'sk-ssh-ed25519@openssh.com': 'types/ed25519-sk',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'types/ecdsa-sk',
  'ssh-mldsa44-ed25519': 'types/mldsa44-ed25519',
  'ssh-dss': 'types/dsa',
}

/** In the order of the page; what stands in no list comes last. */
const order = Object.keys(files)
const place = (name: string, names: readonly string[]): number => (names.indexOf(name) + 1 || names.length + 1) - 1
const sortedTypes = [...types].sort((a, b) => place(a.name, order) - place(b.name, order))
const privateOrder = ['openssh', 'pkcs8', 'pkcs1', 'sec1', 'dsa', 'ppk3', 'ppk2', 'jwk', 'sshcom']
const publicOrder = ['openssh', 'rfc4716', 'spki', 'pkcs1', 'jwk', 'putty-public', 'raw', 'sshfp', 'x509', 'csr']
const privates = [...allPrivateFormats].sort((a, b) => place(a.name, privateOrder) - place(b.name, privateOrder))
const publics = [...allPublicFormats].sort((a, b) => place(a.name, publicOrder) - place(b.name, publicOrder))

/** Files that real tools made in containers that are read and not written: plain, and encrypted under `word`. */
const readOnly: Readonly<Record<string, readonly (readonly [plain: string, locked: string, word: string])[]>> = {
  sshcom: ['rsa1024', 'dsa1024'].map((key) => [`putty/${key}.sshcom`, `putty/${key}-enc.sshcom`, sshcomPassphrase()]),
}

function sshcomPassphrase(): string {
  return JSON.parse(new TextDecoder().decode(vector('putty/manifest.json'))).passphrase
}

/** Costs as low as they may be: it is the container that is told of. */
const cheap: Readonly<Record<string, WritePrivateOptions>> = {
  openssh: { rounds: 1 },
  pkcs8: { rounds: 1 },
  pkcs1: { cipher: 'aes-128-cbc' },
  sec1: { cipher: 'aes-128-cbc' },
  dsa: { cipher: 'aes-128-cbc' },
  ppk3: { rounds: 1 },
}
const smallPpk3 = ppk3With({ memory: 64 })

async function keyOf(type: KeyType): Promise<PrivateKey> {
  // The experimental name of a type, which OpenSSH 10.4 and 10.5 had: the same key under another name.
  const file = files[type.name] ?? files[type.name.replace(/@openssh\.com$/, '')]
  if (file === undefined) throw new Error(`no file with a key of type ${type.name}`)
  const key = await parsePrivateKey(vector(file), { types, formats: [opensshPrivate] })
  return key.type === type.name ? key : new PrivateKey(type, key.exposeComponents(), key.comment)
}

/** What `work` gives, `undefined` where it is not supported. */
async function supported<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}

type Cell = 'R W' | 'R' | 'W' | '–'

function cell(reads: boolean, writes: boolean): Cell {
  if (reads) return writes ? 'R W' : 'R'
  return writes ? 'W' : '–'
}

function assertSame(read: PrivateKey, key: PrivateKey, what: string): void {
  assert.equal(read.type, key.type, what)
  assert.deepEqual({ ...read.exposeComponents() }, { ...key.exposeComponents() }, what)
  assert.deepEqual(read.publicKey.blob, key.publicKey.blob, what)
}

async function privateCell(key: PrivateKey, container: PrivateFormat, word: string | undefined): Promise<Cell> {
  const format = word !== undefined && container.name === 'ppk3' ? smallPpk3 : container
  const formats = [format]
  const options = { formats, ...(word !== undefined && { ...cheap[format.name], passphrase: word }) }
  const what = `${key.type} in ${format.name}`
  const text = await supported(() => formatPrivateKey(key, options))
  if (text === undefined) return cell(await readsRealFile(key, format, word), false)
  const encoded = format.encode && (await supported(() => encodePrivateKey(key, options)))
  for (const input of encoded ? [text, encoded] : [text]) {
    assertSame(await parsePrivateKey(input, { types, formats, passphrase: word }), key, what)
    // Among all containers it is recognised as the same.
    assertSame(await parsePrivateKey(input, { types, formats: allPrivateFormats, passphrase: word }), key, what)
  }
  if (word !== undefined) {
    const wrong = parsePrivateKey(text, { types, formats, passphrase: `${word}!` })
    await assert.rejects(wrong, { code: 'passphrase-wrong' }, what)
  }
  return 'R W'
}

async function readsRealFile(key: PrivateKey, format: PrivateFormat, word: string | undefined): Promise<boolean> {
  for (const [plain, locked, its] of readOnly[format.name] ?? []) {
    const options = { types, formats: [format], passphrase: word === undefined ? undefined : its }
    const read = await parsePrivateKey(vector(word === undefined ? plain : locked), options)
    if (read.type === key.type) return true
  }
  return false
}

async function publicCell(key: PrivateKey, format: PublicFormat): Promise<Cell> {
  const { publicKey } = key
  const formats = [format]
  const text = await supported(() => formatPublicKey(publicKey, { types, formats }))
  const octets = format.encode && text !== undefined ? encodePublicKey(publicKey, { types, formats }) : undefined
  // The text of the bare blob is base64 without a mark, which could be anything: its octets are read.
  const inputs = format.name === 'raw' ? [octets!] : [text, octets].filter((input) => input !== undefined)
  let reads = false
  for (const input of inputs.length > 0 ? inputs : [await x509File(key, format)]) {
    const read = input && (await supported(() => parsePublicKey(input, { types, formats })))
    reads = read !== undefined
    if (!read) continue
    assert.equal(read.type, key.type)
    assert.deepEqual(read.blob, publicKey.blob, `${key.type} in ${format.name}`)
    assert.deepEqual(parsePublicKey(input, { types, formats: allPublicFormats }).blob, publicKey.blob)
  }
  return cell(reads, text !== undefined || (await x509Made(key, format)))
}

/** A certificate or request of openssl's with the key in the place of its own; `undefined` where X.509 has no form for it. */
async function x509File(key: PrivateKey, format: PublicFormat): Promise<Uint8Array | undefined> {
  const own = await keyFromX509('ed25519.crt')
  const mine = await supported(() => encodePublicKey(key.publicKey, { types, formats: publics, format: 'spki' }))
  const file = { x509: 'x509/ed25519.crt', csr: 'x509/ed25519.csr' }[format.name]
  return mine && file ? withSubjectKey(vector(file), own, mine) : undefined
}

async function keyFromX509(name: string): Promise<Uint8Array> {
  const read = parsePublicKey(vector(`x509/${name}`), { types, formats: publics })
  return encodePublicKey(read, { types, formats: publics, format: 'spki' })
}

/** Written by functions of their own, hawser/x509. */
async function x509Made(key: PrivateKey, format: PublicFormat): Promise<boolean> {
  const make = { x509: createSelfSignedCertificate, csr: createCertificateRequest }[format.name]
  const made = make && (await supported(() => make({ key, subject: 'CN=a', days: 1 })))
  if (!made) return false
  assert.deepEqual(parsePublicKey(made.pem, { types, formats: [format] }).blob, key.publicKey.blob)
  return true
}

interface Named {
  readonly name: string
}

async function matrix<F extends Named>(
  title: string,
  formats: readonly F[],
  keys: readonly PrivateKey[],
  fill: (key: PrivateKey, format: F) => Promise<Cell>,
): Promise<string> {
  const rows: string[][] = []
  for (const key of keys) {
    const cells: string[] = []
    for (const format of formats) cells.push(await fill(key, format))
    rows.push([`\`${key.type}\``, ...cells])
  }
  return `### ${title}\n\n${table(['', ...formats.map(({ name }) => `\`${name}\``)], rows)}`
}

async function made(): Promise<string> {
  const keys: PrivateKey[] = []
  for (const type of sortedTypes) keys.push(await keyOf(type))
  const lockable = privates.filter(({ name }) => name !== 'jwk')
  const parts = [
    await matrix('Private keys, plain', privates, keys, (key, format) => privateCell(key, format, undefined)),
    await matrix('Private keys, encrypted', lockable, keys, (key, format) => privateCell(key, format, passphrase)),
    await matrix('Public keys', publics, keys, publicCell),
  ]
  return parts.join('\n\n')
}

const text = (): string => pageText('formats.md')

describe('docs/formats.md', () => {
  it('has the tables that the code gives', async () => {
    assertMade('formats.md', 'test/docs/formats.test.ts', await made())
  })

  it('names tests with real tools that exist', () => {
    const folder = new URL('../interop/', import.meta.url)
    const all = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const))
    const named = [...text().matchAll(/`([\w-]+\.test\.ts)`: "([^"]+)"/g)]
    assert.ok(named.length > 10)
    for (const [, file, name] of named) assert.ok(all.get(file!)?.includes(name!), `${file}: "${name}"`)
  })
})

test('every container stands on the page by its name', () => {
  for (const { name } of [...privates, ...publics]) assert.ok(text().includes(`\`${name}\``), name)
})
