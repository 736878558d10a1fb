/**
 * Four machines to show it on: a client, a gate, a target that only the gate reaches, and the office where the service
 * runs. For root they are network namespaces with an address each, accounts and names of their own (ip-netns(8): what
 * stands in /etc/netns/NAME takes the place of the same files in /etc). For others all is on 127.0.0.1.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findTool } from '../../quickstart/sshd.ts'

export type MachineName = 'client' | 'gate' | 'target' | 'office'

/** How a program ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A program that runs on. */
export interface Running {
  readonly child: ChildProcess
  log(): string
}

export interface Site {
  /** Whether each machine has an address of its own. */
  readonly apart: boolean
  /** A folder that all of them see, and nobody else. */
  readonly folder: string
  /** Addresses: `client` as the gate sees it, `gate` as the client, the target and the office see it. */
  readonly address: Readonly<Record<'client' | 'gate' | 'gateInside' | 'gateManaged' | 'target', string>>
  /** The account of the gate, and the one on the target. */
  readonly accounts: { readonly gate: string; readonly target: string }
  run(machine: MachineName, program: string, args: readonly string[], input?: string): Promise<Ended>
  start(machine: MachineName, program: string, args: readonly string[]): Running
  /** Gives a folder or file to the account of the gate. */
  giveToGate(path: string): void
  /** Ends all that was started here and leaves nothing behind; again does nothing. */
  close(): void
}

const PREFIX = 'ssh-gate'
const etc = '/etc/netns'
/** One link a pair: both ends and their addresses. */
const links = [
  ['client', '10.77.1.2', 'gate', '10.77.1.1'],
  ['target', '10.77.2.2', 'gate', '10.77.2.1'],
  ['office', '10.77.3.2', 'gate', '10.77.3.1'],
] as const
const machines = ['client', 'gate', 'target', 'office'] as const
const accountIds = { gate: 64_001, target: 64_002 } as const

const ip = (...args: string[]): string =>
  execFileSync(needTool('ip'), args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

/** Absolute, since sshd insists on it. */
export function needTool(name: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

/** Namespaces for root where the system allows it and they are wanted; else `why` not, and 127.0.0.1. */
export function makeSite(unwanted: string | undefined): { readonly site: Site; readonly why: string | undefined } {
  const why = unwanted ?? whyTogether()
  const namespace = (machine: MachineName, owner: number = process.pid): string => `${PREFIX}-${owner}-${machine}`
  // Not in /tmp for root: sshd refuses an authorized_keys below a folder that others may write.
  const folder = mkdtempSync(join(why === undefined ? '/run' : tmpdir(), `${PREFIX}-`))
  // The accounts of gate and target read their files in it; secrets have a mode of their own.
  if (why === undefined) chmodSync(folder, 0o755)
  const children = new Set<ChildProcess>()
  let closed = false

  const site: Site = {
    apart: why === undefined,
    folder,
    address:
      why === undefined
        ? {
            client: '10.77.1.2',
            gate: '10.77.1.1',
            gateInside: '10.77.2.1',
            gateManaged: '10.77.3.1',
            target: '10.77.2.2',
          }
        : {
            client: '127.0.0.1',
            gate: '127.0.0.1',
            gateInside: '127.0.0.1',
            gateManaged: '127.0.0.1',
            target: '127.0.0.1',
          },
    accounts:
      why === undefined
        ? { gate: 'gate', target: 'deploy' }
        : { gate: userInfo().username, target: userInfo().username },
    run(machine, program, args, input = '') {
      return new Promise((done, fail) => {
        const child = begin(machine, program, args, 'pipe')
        let [out, err] = ['', '']
        child.stdout?.setEncoding('utf8').on('data', (text: string) => {
          out += text
        })
        child.stderr?.setEncoding('utf8').on('data', (text: string) => {
          err += text
        })
        child.once('error', fail)
        child.once('close', (code) => done({ code: code ?? -1, out, err }))
        child.stdin?.on('error', () => {})
        child.stdin?.end(input)
      })
    },
    start(machine, program, args) {
      const child = begin(machine, program, args, 'ignore')
      let log = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          log += text
        })
      }
      child.once('error', (error) => {
        log += error.message
      })
      return { child, log: () => log.replaceAll('\r\n', '\n') }
    },
    giveToGate(path) {
      if (why === undefined) chownSync(path, accountIds.gate, accountIds.gate)
    },
    close() {
      if (closed) return
      closed = true
      for (const child of children) child.kill('SIGTERM')
      if (why === undefined) for (const machine of machines) removeNamespace(namespace(machine))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }

  function begin(
    machine: MachineName,
    program: string,
    args: readonly string[],
    stdin: 'pipe' | 'ignore',
  ): ChildProcess {
    const inside = ['netns', 'exec', namespace(machine), program, ...args]
    const [file, all] = why === undefined ? [needTool('ip'), inside] : [program, args]
    const env = { PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C', TMPDIR: folder }
    // What runs on is ended with the site.
    const timeout = stdin === 'pipe' ? 120_000 : undefined
    const child = spawn(file, all, { env, stdio: [stdin, 'pipe', 'pipe'], timeout })
    children.add(child)
    child.once('close', () => children.delete(child))
    return child
  }

  process.once('exit', () => site.close())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  if (why === undefined) {
    removeStale()
    for (const machine of machines) addNamespace(namespace(machine), machine, folder)
    for (const [one, itsAddress, other, othersAddress] of links) {
      const [mine, theirs] = [`to-${other}`, `to-${one}`]
      ip(
        'link',
        'add',
        mine,
        'netns',
        namespace(one),
        'type',
        'veth',
        'peer',
        'name',
        theirs,
        'netns',
        namespace(other),
      )
      for (const [machine, device, at] of [
        [one, mine, itsAddress],
        [other, theirs, othersAddress],
      ] as const) {
        ip('-n', namespace(machine), 'addr', 'add', `${at}/24`, 'dev', device)
        ip('-n', namespace(machine), 'link', 'set', device, 'up')
      }
    }
  }
  return { site, why }
}

function whyTogether(): string | undefined {
  if (process.getuid?.() !== 0) return 'you are not root'
  if (findTool('ip') === undefined) return 'ip (of iproute2) is not installed'
  const probe = `${PREFIX}-${process.pid}-probe`
  const made = spawnSync(needTool('ip'), ['netns', 'add', probe], { encoding: 'utf8' })
  if (made.status !== 0) return `no network namespaces: ${made.stderr.trim()}`
  const used = spawnSync(needTool('ip'), ['netns', 'exec', probe, 'true'], { encoding: 'utf8' })
  spawnSync(needTool('ip'), ['netns', 'del', probe])
  return used.status === 0 ? undefined : `no network namespaces: ${used.stderr.trim()}`
}

/** A machine: its own network, and its own hosts, passwd, group and shadow. */
function addNamespace(namespace: string, machine: MachineName, folder: string): void {
  const at = join(etc, namespace)
  mkdirSync(at, { recursive: true })
  for (const file of ['passwd', 'group', 'shadow']) {
    if (existsSync(`/etc/${file}`)) copyFileSync(`/etc/${file}`, join(at, file))
  }
  // Names that the gate alone resolves.
  const names = machine === 'gate' ? '10.77.2.2 web-1 db-1\n' : ''
  writeFileSync(join(at, 'hosts'), `127.0.0.1 localhost\n${names}`)
  writeFileSync(join(at, 'resolv.conf'), '')
  if (machine === 'gate') addAccount(at, 'gate', accountIds.gate, folder, findTool('nologin') ?? '/bin/false')
  if (machine === 'target') addAccount(at, 'deploy', accountIds.target, '/', '/bin/sh')
  ip('netns', 'add', namespace)
  ip('-n', namespace, 'link', 'set', 'lo', 'up')
}

/** As useradd would. `*` is no password at all; `!` would lock the account for keys, too. */
function addAccount(at: string, name: string, id: number, home: string, shell: string): void {
  appendFileSync(join(at, 'passwd'), `${name}:x:${id}:${id}::${home}:${shell}\n`)
  appendFileSync(join(at, 'group'), `${name}:x:${id}:\n`)
  appendFileSync(join(at, 'shadow'), `${name}:*:19000:0:99999:7:::\n`)
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
  spawnSync(needTool('ip'), ['netns', 'del', namespace])
  rmSync(join(etc, namespace), { recursive: true, force: true })
  if (existsSync(etc) && readdirSync(etc).length === 0) rmSync(etc, { recursive: true })
}

/** What a run left behind that was killed without a chance to clean up. */
function removeStale(): void {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  for (const name of names) {
    const pid = new RegExp(`^${PREFIX}-([0-9]+)-[a-z]+$`).exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(name)
  }
}

/** Waits until a program has said something; throws with its log where it ends before. */
export async function said(running: Running, what: RegExp): Promise<RegExpExecArray> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(20)) {
    const found = what.exec(running.log())
    if (found) return found
    if (running.child.exitCode !== null) break
  }
  throw new Error(`waited in vain for ${what}:\n${running.log()}`)
}

/** The text of a file. */
export const textOf = (path: string): string => readFileSync(path, 'utf8')
