/** `hawser agent serve` as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { main } from './command.ts'

/** An agent that runs. */
export interface ServedAgent {
  readonly child: ChildProcess
  /** Path of its socket. */
  readonly socket: string
  /** The line that it printed. */
  readonly line: string
  /** What it says to people. */
  stderr(): string
  /** Ends it with a signal, if nobody has; gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts an agent and waits for its line; it ends with this process at the latest. */
export async function serveCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<ServedAgent> {
  const child = spawn(process.execPath, [main, 'agent', 'serve', ...args], {
    env: { ...process.env, NO_COLOR: '1', SSH_ASKPASS: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.on('exit', kill)
  const ended = new Promise<number | null>((done) => {
    child.on('close', (code) => {
      process.off('exit', kill)
      done(code)
    })
  })
  await new Promise<void>((done, fail) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (stdout.includes('\n')) done()
    })
    child.on('error', fail)
    void ended.then((code) => fail(new Error(`hawser agent serve ended with ${code}: ${stderr}`)))
  })
  const line = stdout.trimEnd()
  const socket = line.startsWith('{') ? JSON.parse(line).socket : /^SSH_AUTH_SOCK='?(.*?)'?; export/.exec(line)?.[1]
  return {
    child,
    socket,
    line,
    stderr: () => stderr,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
