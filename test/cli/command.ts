/** Runs the built command as a black box. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder of the built commands; HAWSER_DIST names another build's `dist`. */
const commands = new URL(
  'cli/',
  process.env.HAWSER_DIST ? pathToFileURL(`${process.env.HAWSER_DIST}/`) : new URL('../../dist/', import.meta.url),
)

/** The built command. */
export const main: string = fileURLToPath(new URL('main.js', commands))

/** What a run gave. */
export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The JSON objects on standard output, one a line. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any[]
}

/** How to run. */
export interface How {
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Octal, as the shell takes it. */
  readonly umask?: string
}

/** Runs `hawser` with `args`. */
export function hawser(args: readonly string[], how: How = {}): Promise<Result> {
  const command = [process.execPath, main, ...args]
  const [file, ...rest] =
    how.umask === undefined ? command : ['sh', '-c', `umask ${how.umask}; exec "$@"`, 'sh', ...command]
  const child = spawn(file!, rest, {
    cwd: how.cwd,
    env: { ...process.env, NO_COLOR: '1', ...how.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  // A command that never reads its input is right to close it.
  child.stdin.on('error', () => {})
  child.stdin.end(how.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
      resolve({ code, stdout, stderr, json: lines.map((line) => JSON.parse(line)) })
    })
  })
}

/** What one call of a command gave; `error` is the code of what it threw. */
export interface Answer {
  readonly code?: number
  readonly error?: string
  /** The JSON object that it printed. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly printed?: any
}

/** Calls a built command with each of `calls` in one process, since each start of one costs time. */
export async function hawserEach(command: string, calls: readonly (readonly string[])[]): Promise<Answer[]> {
  const script = `const { run } = await import(process.argv[1])
    const { stdout } = process
    const write = stdout.write.bind(stdout)
    const answers = []
    let printed
    stdout.write = (text) => { printed = JSON.parse(text); return true }
    for (const args of JSON.parse(process.argv[2])) {
      printed = undefined
      try { answers.push({ code: await run(args), printed }) } catch (error) { answers.push({ error: error.code }) }
    }
    write(JSON.stringify(answers))`
  const module = new URL(`${command}.js`, commands).href
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, module, JSON.stringify(calls)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  await new Promise((resolve) => child.on('close', resolve))
  return JSON.parse(stdout || '[]')
}

/** Gives `work` a folder that is gone afterwards. */
export async function inFolder(work: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-cli-'))
  try {
    await work((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
