/**
 * The repository's root and one way to start a program, for every tool here.
 * Prevents: a tool that works only from one directory, and a child that outlives the tool that started it.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** Absolute path of something in the repository. */
export const at = (...parts) => join(root, ...parts)

/** Path relative to the root, with forward slashes. */
export const shown = (path) => relative(root, path).split(sep).join('/')

/** All files below `folder` (absolute) whose path passes `keep`, sorted; an absent folder has none. */
export function filesBelow(folder, keep = () => true) {
  const found = []
  const walk = (dir) => {
    let entries
    try {
      entries = readdirSync(dir, { withFileTypes: true })
    } catch (error) {
      if (error.code === 'ENOENT') return
      throw error
    }
    for (const entry of entries) {
      if (entry.name === 'node_modules') continue
      const path = join(dir, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (keep(path)) found.push(path)
    }
  }
  walk(folder)
  return found.sort()
}

const groups = new Set()
const stopGroup = (pid) => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error
  }
}
process.on('exit', () => {
  for (const pid of groups) stopGroup(pid)
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => process.exit(code))
}

/**
 * Starts `file` as the leader of its own process group. Returns the child, `ended` (exit code, or the signal's name)
 * and `stop()`, which ends the whole group. What is still there when the tool exits is ended too.
 */
export function start(file, args, options = {}) {
  const child = spawn(file, args, { cwd: root, ...options, detached: true })
  if (child.pid !== undefined) groups.add(child.pid)
  const stop = () => {
    if (child.pid !== undefined) stopGroup(child.pid)
    groups.delete(child.pid)
  }
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      stop()
      resolve(code ?? signal)
    })
  })
  return { child, ended, stop }
}

/** Runs to the end and collects: `{ code, output }`; after `timeout` ms the group is ended and `code` is 'timeout'. */
export async function capture(file, args, { timeout = 600_000, ...options } = {}) {
  const { child, ended, stop } = start(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text) => {
      output += text
    })
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    stop()
  }, timeout)
  try {
    const code = await ended
    return { code: late ? 'timeout' : code, output }
  } finally {
    clearTimeout(timer)
  }
}

/** Seconds since `begun` (from `performance.now()`), as text. */
export const seconds = (begun) => `${((performance.now() - begun) / 1000).toFixed(1)} s`

/** Prints each problem and sets the exit code; says nothing where there is none. */
export function report(tool, problems) {
  for (const problem of problems) console.error(`${tool}: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
