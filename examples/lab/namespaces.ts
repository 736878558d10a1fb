/**
 * Machines to show an example on. For root they are network namespaces, each with addresses, names and accounts of its
 * own (ip-netns(8): what stands in /etc/netns/NAME takes the place of the same files in /etc). For others all of them
 * are this machine, at 127.0.0.1.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findTool } from '../quickstart/sshd.ts'
import { endOf } from './program.ts'
import type { Ended } from './tell.ts'

/** A program that runs on. */
export interface Running {
  readonly child: ChildProcess
  log(): string
  /** Ends it, and waits for that. */
  stop(): Promise<void>
}

/** An account of a machine, as useradd would make it: without a password, and not locked. */
export interface Account {
  readonly name: string
  readonly id: number
  /** The folder of the lab where not given. */
  readonly home?: string
  readonly shell: string
}

export interface Machine {
  /** Names that it resolves, besides localhost. */
  readonly hosts?: Readonly<Record<string, string>>
  readonly accounts?: readonly Account[]
}

/** Which machines there are, and what connects them. */
export interface Plan<Name extends string> {
  /** Begins the names of namespaces and folders: letters and hyphens. */
  readonly prefix: string
  readonly machines: Readonly<Record<Name, Machine>>
  /** Cables: one end and its address, the other end and its address. An address may be at several cables. */
  readonly links: readonly (readonly [one: Name, address: string, other: Name, address: string])[]
  /** Why everything shall be on 127.0.0.1 all the same. */
  readonly together?: string | undefined
}

export type Environment = Readonly<Record<string, string>>

export interface Lab<Name extends string> {
  /** Why the machines have no addresses of their own; `undefined` where they have. */
  readonly together: string | undefined
  /** A folder that all of them see, with HOME of the programs; its secrets need modes of their own. */
  readonly folder: string
  run(machine: Name, program: string, args: readonly string[], input?: string, env?: Environment): Promise<Ended>
  start(machine: Name, program: string, args: readonly string[], env?: Environment): Running
  /** Ends all that was started here and leaves nothing behind; again does nothing. */
  close(): void
}

const etc = '/etc/netns'

/** Absolute, since sshd insists on it. */
export function needTool(name: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

const ip = (...args: string[]): string =>
  execFileSync(needTool('ip'), args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

/** Makes the machines: namespaces for root where the system allows it. All of it is gone with this process. */
export function makeLab<Name extends string>(plan: Plan<Name>): Lab<Name> {
  const { prefix, links } = plan
  const machines = Object.keys(plan.machines) as Name[]
  const together = plan.together ?? whyTogether(prefix)
  const apart = together === undefined
  const namespace = (machine: Name): string => `${prefix}-${process.pid}-${machine}`
  // Not in /tmp for root: sshd refuses an authorized_keys below a folder that others may write.
  const folder = mkdtempSync(join(apart ? '/run' : tmpdir(), `${prefix}-${process.pid}-`))
  // Accounts of the machines read their files in it.
  if (apart) chmodSync(folder, 0o755)
  const children = new Set<ChildProcess>()
  let closed = false

  function begin(machine: Name, program: string, args: readonly string[], stdin: 'pipe' | 'ignore', more: Environment) {
    const [file, all] = apart
      ? [needTool('ip'), ['netns', 'exec', namespace(machine), program, ...args]]
      : [program, args]
    const env = { PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C', TMPDIR: folder, ...more }
    // What runs on is ended with the lab.
    const timeout = stdin === 'pipe' ? 180_000 : undefined
    const child = spawn(file, all, { env, stdio: [stdin, 'pipe', 'pipe'], timeout })
    children.add(child)
    child.once('close', () => children.delete(child))
    return child
  }

  const lab: Lab<Name> = {
    together,
    folder,
    run(machine, program, args, input = '', env = {}) {
      return endOf(begin(machine, program, args, 'pipe', env), input)
    },
    start(machine, program, args, env = {}) {
      const child = begin(machine, program, args, 'ignore', env)
      let log = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          log += text
        })
      }
      const ended = new Promise<void>((done) => {
        child.once('error', (error) => {
          log += error.message
          done()
        })
        child.once('close', () => done())
      })
      const stop = (): Promise<void> => {
        child.kill('SIGTERM')
        return ended
      }
      return { child, log: () => log.replaceAll('\r\n', '\n'), stop }
    },
    close() {
      if (closed) return
      closed = true
      for (const child of children) child.kill('SIGTERM')
      if (apart) for (const machine of machines) removeNamespace(namespace(machine))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }

  process.once('exit', () => lab.close())
  // Each of them: one that comes while things are removed would else end it half done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
  if (apart) {
    removeStale(prefix)
    for (const machine of machines) addNamespace(namespace(machine), plan.machines[machine], folder)
    for (const [one, itsAddress, other, othersAddress] of links) {
      const ends = [
        { at: namespace(one), device: `to-${other}`, address: itsAddress, peer: othersAddress },
        { at: namespace(other), device: `to-${one}`, address: othersAddress, peer: itsAddress },
      ]
      const [mine, theirs] = ends.map(({ at, device }) => ['name', device, 'netns', at])
      ip('link', 'add', ...mine!, 'type', 'veth', 'peer', ...theirs!)
      for (const { at, device, address, peer } of ends) {
        ip('-n', at, 'addr', 'add', address, 'peer', peer, 'dev', device)
        ip('-n', at, 'link', 'set', device, 'up')
      }
    }
  }
  return lab
}

function whyTogether(prefix: string): string | undefined {
  if (process.getuid?.() !== 0) return 'you are not root'
  if (findTool('ip') === undefined) return 'ip (of iproute2) is not installed'
  const probe = `${prefix}-${process.pid}-probe`
  const made = spawnSync(needTool('ip'), ['netns', 'add', probe], { encoding: 'utf8' })
  if (made.status !== 0) return `no network namespaces: ${made.stderr.trim()}`
  const used = spawnSync(needTool('ip'), ['netns', 'exec', probe, 'true'], { encoding: 'utf8' })
  spawnSync(needTool('ip'), ['netns', 'del', probe])
  return used.status === 0 ? undefined : `no network namespaces: ${used.stderr.trim()}`
}

/** A machine: its own network, and its own hosts, passwd, group and shadow. */
function addNamespace(namespace: string, { hosts = {}, accounts = [] }: Machine, folder: string): void {
  const at = join(etc, namespace)
  mkdirSync(at, { recursive: true })
  for (const file of ['passwd', 'group', 'shadow']) {
    if (existsSync(`/etc/${file}`)) copyFileSync(`/etc/${file}`, join(at, file))
  }
  const names = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`)
  writeFileSync(join(at, 'hosts'), `127.0.0.1 localhost\n${names.join('')}`)
  writeFileSync(join(at, 'resolv.conf'), '')
  for (const { name, id, home = folder, shell } of accounts) {
    appendFileSync(join(at, 'passwd'), `${name}:x:${id}:${id}::${home}:${shell}\n`)
    appendFileSync(join(at, 'group'), `${name}:x:${id}:\n`)
    // `*` is no password at all; `!` would lock the account for keys, too.
    appendFileSync(join(at, 'shadow'), `${name}:*:19000:0:99999:7:::\n`)
  }
  ip('netns', 'add', namespace)
  ip('-n', namespace, 'link', 'set', 'lo', 'up')
}

function removeNamespace(namespace: string): void {
  // sshd's sessions are no children of ours; everything in there is of this run.
  const listed = spawnSync(needTool('ip'), ['netns', 'pids', namespace], { encoding: 'utf8' })
  for (const pid of (listed.stdout ?? '').split('\n').filter((line) => /^\d+$/.test(line))) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
  // A signal to the whole group ends ip as well.
  for (let i = 0; i < 20 && existsSync(`/run/netns/${namespace}`); i++) {
    spawnSync(needTool('ip'), ['netns', 'del', namespace])
  }
  rmSync(join(etc, namespace), { recursive: true, force: true })
  if (existsSync(etc) && readdirSync(etc).length === 0) rmSync(etc, { recursive: true })
}

/** What a run left behind that was killed without a chance to clean up. */
function removeStale(prefix: string): void {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  for (const name of names) {
    const pid = new RegExp(`^${prefix}-([0-9]+)-[a-z]+$`).exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(name)
  }
  for (const name of readdirSync('/run')) {
    const pid = new RegExp(`^${prefix}-([0-9]+)-[A-Za-z0-9]{6}$`).exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join('/run', name), { recursive: true, force: true })
  }
}

/** Waits until a program has said something; throws with its log where it ends before. */
export async function said(running: Running, what: RegExp): Promise<RegExpExecArray> {
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(20)) {
    const found = what.exec(running.log())
    if (found) return found
    if (running.child.exitCode !== null) break
  }
  throw new Error(`waited in vain for ${what}:\n${running.log()}`)
}

/** The text of a file. */
export const textOf = (path: string): string => readFileSync(path, 'utf8')
