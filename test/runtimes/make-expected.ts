/**
 * Makes `expected.json`: what every runtime must write, and its verdicts on files that are cut off or have a bit turned.
 *
 *   node --import tsx test/runtimes/make-expected.ts        with Node 20, from src/
 *
 * Each file is first shown to the tool that it is for: `ssh-keygen`, `openssl` or `puttygen` must find the same public
 * key in it. A change in this table is a change of what the library writes or says: look at it before you keep it.
 */
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as agent from '../../src/agent/index.ts'
import * as agentProtocol from '../../src/agent-protocol/index.ts'
import * as ca from '../../src/ca/index.ts'
import * as cert from '../../src/cert/index.ts'
import * as crypto from '../../src/crypto/index.ts'
import * as errors from '../../src/errors.ts'
import * as fingerprint from '../../src/fingerprint/index.ts'
import * as formats from '../../src/formats/index.ts'
import { openSection } from '../../src/formats/openssh-private.ts'
import * as root from '../../src/index.ts'
import * as keys from '../../src/keys/index.ts'
import * as krl from '../../src/krl/index.ts'
import * as signers from '../../src/signers/index.ts'
import * as sshsig from '../../src/sshsig/index.ts'
import * as text from '../../src/text/index.ts'
import * as wire from '../../src/wire/index.ts'
import * as x509 from '../../src/x509/index.ts'
// @ts-expect-error: a tool, in JavaScript
import { suiteFiles } from '../../tools/lib/vectors.mjs'
import { toHex } from '../support/bytes.ts'
import { cipherOf, envelopeOf, keyMaterial } from '../support/openssh.ts'
import { manifest } from '../support/vectors.ts'
import { determined, determinedKey } from './cases/generate.ts'
import { trials } from './cases/malformed.ts'
import { type Expected, type Writing, writings } from './cases/writing.ts'
import type { Library } from './library.ts'
import { givenOf } from './suite.ts'

if (!process.version.startsWith('v20.')) throw new Error(`Node 20 makes this table, not ${process.version}`)

const library: Library = {
  root,
  errors,
  wire,
  crypto,
  keys,
  formats,
  cert,
  fingerprint,
  krl,
  sshsig,
  agentProtocol,
  text,
  agent,
  signers,
  ca,
  x509,
}
const given = givenOf(library, suiteFiles())
const digest = (bytes: Uint8Array | string): string =>
  createHash('sha256')
    .update(typeof bytes === 'string' ? wire.encodeText(bytes) : bytes)
    .digest('hex')

const checks: Record<string, string> = {}
const plain = given
  .paths('own/')
  .filter((path) => /^own\/(keys|types)\/[a-z0-9-]+$/.test(path) && !/message$/.test(path))
  .map((path) => path.slice(4))
for (const path of plain) checks[path] = toHex(envelopeOf(given.file(`own/${path}`)).section.slice(0, 4))
for (const { name, passphrase } of manifest.encrypted) {
  const envelope = envelopeOf(given.file(`own/encrypted/${name}`))
  const opened = openSection(envelope, cipherOf(envelope), await keyMaterial(envelope, passphrase))
  checks[`encrypted/${name}`] = toHex(opened.slice(0, 4))
}

const folder = mkdtempSync(join(tmpdir(), 'hawser-expected-'))
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content, { mode: 0o600 })
  return join(folder, name)
}
const tool = (name: string, ...args: string[]): string =>
  execFileSync(name, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
const blobOf = (line: string): string => line.trim().split(' ')[1]!
/** SPKI in PEM of a key of the set, by ssh-keygen where it can. */
const spkiOf = (name: string): string =>
  root.formatPublicKey(root.parsePublicKey(given.file(`own/${name}.pub`)), { format: 'spki' })

/** The base64 of the blob that the tool finds in what was written; undefined where no tool is asked. */
function judged({ name, judge, key, passphrase = '' }: Writing, made: string | Uint8Array): boolean {
  const path = file('made', made)
  const expected = blobOf(given.text(`own/${key}.pub`))
  const lines = (format: string): boolean => blobOf(tool('ssh-keygen', '-i', '-m', format, '-f', path)) === expected
  if (judge === 'ssh-keygen') return blobOf(tool('ssh-keygen', '-y', '-P', passphrase, '-f', path)) === expected
  if (judge === 'openssl')
    return tool('openssl', 'pkey', '-in', path, '-passin', `pass:${passphrase}`, '-pubout') === spkiOf(key)
  if (judge === 'puttygen') {
    const secret = file('passphrase', passphrase)
    const nothing = file('nothing', '')
    const out = join(folder, 'out')
    tool('puttygen', path, '--old-passphrase', secret, '--new-passphrase', nothing, '-O', 'private-openssh', '-o', out)
    return blobOf(tool('ssh-keygen', '-y', '-P', '', '-f', out)) === expected
  }
  if (name.endsWith('.pub as spki')) {
    return tool('openssl', 'pkey', '-pubin', '-in', path, '-pubout') === made && (/ed25519/.test(key) || lines('PKCS8'))
  }
  if (name.endsWith('as rfc4716')) return /mldsa/.test(key) || lines('RFC4716')
  if (name.endsWith('.pub as pkcs1')) return lines('PEM')
  if (name.endsWith('.pub as jwk')) {
    const read = createPublicKey({ key: JSON.parse(made as string), format: 'jwk' })
    return read.export({ type: 'spki', format: 'pem' }) === spkiOf(key)
  }
  if (name.endsWith('as jwk')) {
    const read = createPublicKey(createPrivateKey({ key: JSON.parse(made as string), format: 'jwk' }))
    return read.export({ type: 'spki', format: 'pem' }) === spkiOf(key)
  }
  if (name.endsWith('as sshfp')) {
    const line = file('line.pub', given.text(`own/${key}.pub`))
    const records = tool('ssh-keygen', '-r', 'host.example', '-f', line).trim().split('\n')
    return (made as string)
      .trim()
      .split('\n')
      .every((record) => records.includes(record))
  }
  if (name === 'a revocation list') return tool('ssh-keygen', '-Q', '-l', '-f', path).includes('# KRL version 7')
  return false
}

const written: Record<string, string> = {}
const refused: string[] = []
try {
  for (const writing of writings(given)) {
    const made = await writing.write()
    let holds = false
    try {
      holds = judged(writing, made)
    } catch (error) {
      refused.push(`${writing.name}: ${(error as Error).message}`)
      continue
    }
    if (!holds) refused.push(`${writing.name}: the tool finds another key`)
    written[writing.name] = digest(made)
  }
  for (const kind of determined) {
    const { line, file: secret } = await determinedKey(given, kind)
    if (
      kind[0] !== 'mldsa44-ed25519' &&
      blobOf(tool('ssh-keygen', '-y', '-P', '', '-f', file('made', secret))) !== blobOf(line)
    ) {
      refused.push(`${kind[0]} of given octets`)
    }
    written[`${kind[0]} of given octets`] = digest(line + secret)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const verdicts = Object.fromEntries(trials(given).map(([name, found]) => [name, digest(found())]))
for (const line of refused) console.error(`no tool confirms ${line}`)
if (refused.length > 0) process.exit(1)
const expected: Expected = { checks, written, verdicts }
const target = new URL('expected.json', import.meta.url)
const before = (() => {
  try {
    return readFileSync(target, 'utf8')
  } catch {
    return ''
  }
})()
const now = `${JSON.stringify(expected, null, 2)}\n`
writeFileSync(target, now)
console.log(
  `${Object.keys(written).length} files confirmed by their tools, ${Object.keys(verdicts).length} lists of verdicts: ${before === now ? 'the table is as it was' : 'the table has changed'}`,
)
