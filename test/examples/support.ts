/** What the tests of the examples share: the other runtimes, processes that end with the test, folders that do too. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Absolute path of something in the repository. */
export const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Fails in CI, elsewhere says aloud what was not tested. */
export function missing(t: TestContext, what: string): void {
  if (process.env.CI === 'true') throw new Error(`${what}: in CI this must be here`)
  console.log(`NOT TESTED: "${t.name}": ${what}`)
  t.skip(what)
}

const modules = 'tools/runtimes/node_modules'
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch

/** Programs of the other runtimes (`npm ci` in tools/runtimes), or what an environment variable names. */
export const programs: Readonly<Record<'deno' | 'bun' | 'workerd' | 'chromium' | 'firefox', string>> = {
  deno: process.env.DENO ?? at(`${modules}/.bin/deno`),
  bun: process.env.BUN ?? at(`${modules}/@oven/bun-${process.platform}-${arch}/bin/bun`),
  workerd: process.env.WORKERD ?? at(`${modules}/.bin/workerd`),
  chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
}

/** The program, or `undefined` after having said that it is not there. */
export function programFor(t: TestContext, name: keyof typeof programs): string | undefined {
  const program = programs[name]
  if (existsSync(program)) return program
  missing(t, `${program} is not there`)
  return undefined
}

/** A new folder, removed with the process. */
export function folder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `hawser-${name}-`))
  process.on('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  return path
}

/** A program that runs beside the test. */
export interface Running {
  readonly child: ChildProcess
  /** All that it has printed. */
  log(): string
  /** How it ended, once all that it printed is here too: its exit code, or the signal. */
  end(): number | NodeJS.Signals | undefined
  /** Ends it and all that it started. */
  stop(): Promise<void>
}

/** Starts a program as the leader of a process group of its own; `pipes` are further channels, from 3 on. */
export function startProgram(file: string, args: readonly string[], options: StartOptions = {}): Running {
  const { pipes = 0, env = {} } = options
  const plain: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', ...env }
  for (const name of ['FORCE_COLOR', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) delete plain[name]
  const more = Array.from({ length: pipes }, () => 'pipe' as const)
  const child = spawn(file, args, { env: plain, detached: true, stdio: ['ignore', 'pipe', 'pipe', ...more] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  let end: number | NodeJS.Signals | undefined
  const ended = new Promise<void>((done) => {
    // `child.exitCode` is there before the last that it printed.
    child.on('close', (code, signal) => {
      end = code ?? signal ?? -1
      done()
    })
    child.on('error', (error) => {
      output += error.message
      end ??= -1
      done()
    })
  })
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      // ESRCH: it has ended already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  process.on('exit', kill)
  const stop = async (): Promise<void> => {
    kill()
    await ended
    process.off('exit', kill)
  }
  return { child, log: () => output, end: () => end, stop }
}

/** How to start a program. */
export interface StartOptions {
  readonly pipes?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Waits until `look` gives something, looking each `every` ms. The limit is for what hangs: a busy machine is slow. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  ms = 120_000,
  every = 20,
): Promise<T> {
  for (const end = performance.now() + ms; ; ) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${ms / 1000} s in vain for ${what}`)
    await new Promise((done) => setTimeout(done, every))
  }
}
