/** What the tests against real tools share: running them, skipping where they are missing, scratch files, keys. */

import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { formatPrivateKey, formatPublicKey, generateKey, type KeyAlias, type PrivateKey } from '../../src/index.ts'
import { decodeText } from '../../src/wire/index.ts'

/** Fails in CI, elsewhere says aloud what was not tested. */
function missing(t: TestContext, what: string): void {
  if (process.env.CI === 'true') throw new Error(`${what}: in CI this must be here`)
  console.log(`NOT TESTED: "${t.name}": ${what}`)
  t.skip(what)
}

/** A test that needs real tools. */
export function interop(name: string, tools: readonly string[], body: (t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    const absent = tools.filter((tool) => findTool(tool) === undefined)
    if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
    else await body(t)
  })
}

/** How a tool ended. Its output is text without loss: octets that are not UTF-8 are lone surrogates. */
export interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the program at `path` in UTC and the C locale, with `more` in its environment. */
export function runProgram(
  path: string,
  args: readonly string[],
  input: string | Uint8Array,
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> {
  return new Promise((done, fail) => {
    const env = { PATH: process.env.PATH ?? '', HOME: scratch, TZ: 'UTC', LC_ALL: 'C', ...more }
    const child = spawn(path, args, { env, timeout: 300_000 })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', fail)
    child.on('close', (code) =>
      done({ code: code ?? -1, out: decodeText(Buffer.concat(out)), err: decodeText(Buffer.concat(err)) }),
    )
    child.stdin.on('error', () => {}) // a tool that does not read its input closes it; its exit code says the rest
    child.stdin.end(input)
  })
}

/** Runs a tool of the system. */
export async function run(tool: string, args: readonly string[], input: string | Uint8Array = ''): Promise<Run> {
  const path = findTool(tool)
  if (path === undefined) throw new Error(`${tool} is not installed`)
  return runProgram(path, args, input)
}

/** Runs a tool that must succeed; gives its output. */
export async function must(tool: string, args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { code, out, err } = await run(tool, args, input)
  if (code !== 0) throw new Error(`${tool} ${args.join(' ')}: exit code ${code}\n${out}${err}`)
  return out
}

/** The version of OpenSSH as a number to compare: 9.02, 10.03. */
export async function opensshVersion(): Promise<number> {
  const { err } = await run('ssh', ['-V'])
  const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(err) ?? []
  return Number(major) + Number(minor) / 100
}

/** `work` on every item, a few at a time; the results stand in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await work(item, i)
  }
  await Promise.all([worker(), worker(), worker()])
  return results
}

/** A folder of this process, removed at its end. */
export const scratch: string = mkdtempSync(join(tmpdir(), 'interop-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

let files = 0

/** A new file of mode 0600 in the scratch folder; gives its path. */
export function put(content: string | Uint8Array, name = 'file'): string {
  const path = join(scratch, `${name}-${++files}`)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** A path in the scratch folder where nothing is yet. */
export function fresh(name: string): string {
  return join(scratch, `${name}-${++files}`)
}

/** The octets of a file. */
export function get(path: string): Uint8Array {
  return readFileSync(path)
}

/** A key and its files. */
export interface KeyFiles {
  readonly label: string
  readonly key: PrivateKey
  readonly bits: number
  /** What `ssh-keygen -l` calls its type. */
  readonly title: string
  /** Path of the private key; that of the public line has `.pub` behind it. */
  readonly path: string
}

const kinds: readonly (readonly [label: string, alias: KeyAlias, bits: number, title: string])[] = [
  ['ed25519', 'ed25519', 256, 'ED25519'],
  ['ecdsa-p256', 'ecdsa-p256', 256, 'ECDSA'],
  ['ecdsa-p384', 'ecdsa-p384', 384, 'ECDSA'],
  ['ecdsa-p521', 'ecdsa-p521', 521, 'ECDSA'],
  ['rsa-2048', 'rsa', 2048, 'RSA'],
  ['rsa-3072', 'rsa', 3072, 'RSA'],
]

/** One new key of each type that everybody knows, RSA in two sizes unless said otherwise. */
export function makeKeys(prefix: string, rsaSizes: readonly number[] = [2048, 3072]): Promise<KeyFiles[]> {
  const wanted = kinds.filter(([, alias, bits]) => alias !== 'rsa' || rsaSizes.includes(bits))
  return Promise.all(
    wanted.map(async ([label, alias, bits, title]) => {
      const comment = `${prefix} ${label}`
      const key = await generateKey(alias, alias === 'rsa' ? { bits, comment } : { comment })
      const path = put(await formatPrivateKey(key), `${prefix}-${label}`)
      writeFileSync(`${path}.pub`, formatPublicKey(key.publicKey))
      chmodSync(`${path}.pub`, 0o644)
      return { label, key, bits, title, path }
    }),
  )
}

/**
 * Where the choices of generated cases begin. The same in every run, so that one run fails where another does;
 * `HAWSER_SEED=n` takes others, `HAWSER_SEED=random` those that nobody has seen.
 */
export function seedOf(usual: number): number {
  const given = process.env.HAWSER_SEED
  if (given === undefined) return usual
  return given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
