/** Where it is shown: a folder that goes away again, the service and its command as processes, an instance with its sshd. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Ended, typed } from '../../lab/tell.ts'
import { runSsh, type Sshd, startSshd } from '../../quickstart/sshd.ts'
import type { AccessKey } from '../access-keys.ts'
import { callService } from '../command.ts'
import { readAccessKey } from '../secret-files.ts'

const program = fileURLToPath(new URL('../main.mjs', import.meta.url))
const env = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  LC_ALL: 'C',
  ...more,
})

export interface Site {
  readonly folder: string
  /** The account of this machine that logs in at itself. */
  readonly user: string
  readonly url: string
  readonly key: AccessKey
  /** What the service said when it started. */
  readonly said: string
  /** Types a command; gives how it ended. */
  command(line: readonly string[], more?: Readonly<Record<string, string>>): Ended
  /** Calls an action; gives the answer, or throws where it was refused. Shown as the command that does the same. */
  call(action: string, given?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>>
  /** The same for what must be refused. */
  refusal(action: string, given: Readonly<Record<string, string>>, key?: AccessKey): Promise<Ended>
  /** Makes an instance and starts its sshd. */
  instance(id: string): Promise<Sshd>
  login(sshd: Pick<Sshd, 'port'>, identity: string): Promise<Ended>
  close(): Promise<void>
}

/** Starts the service; what is left of it ends with this process. */
export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'key-pairs-'))
  const at = (name: string): string => join(folder, name)
  const config = at('service.json')
  writeFileSync(config, JSON.stringify({ listen: { port: 0 } }))
  const service = spawn(process.execPath, [program, 'serve', config], { env: env({}) })
  const clean = (): void => {
    service.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', clean)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  let said = ''
  for (const stream of [service.stdout, service.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  for (const end = Date.now() + 180_000; !said.includes('listening on'); await delay(20)) {
    if (service.exitCode !== null || Date.now() > end) throw new Error(`the service does not start:\n${said}`)
  }
  const url = /listening on (\S+)/.exec(said)![1]!
  const key = await readAccessKey(at('access-key.json'))
  const servers: Sshd[] = []

  const site: Site = {
    folder,
    user: userInfo().username,
    url,
    key,
    said,
    command(line, more = {}) {
      typed(`key-pairs ${line.join(' ').replaceAll(`${folder}/`, '')}`)
      const mine = env({ KEY_PAIRS_URL: url, KEY_PAIRS_ACCESS_KEY: at('access-key.json'), ...more })
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...line], {
        env: mine,
        encoding: 'utf8',
      })
      return { code: status ?? -1, out: stdout, err: stderr }
    },
    async call(action, given = {}) {
      show(action, given)
      const { ok, answer } = await callService(url, key, new Map([['Action', action], ...Object.entries(given)]))
      if (!ok || Number(answer.FailCount ?? 0) > 0) throw new Error(`${action}: ${JSON.stringify(answer)}`)
      return answer
    },
    async refusal(action, given, as = key) {
      const { ok, answer } = await callService(url, as, new Map([['Action', action], ...Object.entries(given)]))
      return { code: ok ? 0 : 1, out: JSON.stringify(answer), err: `${answer.Code}: ${answer.Message}` }
    },
    async instance(id) {
      const made = site.command(['instance', 'add', config, 'main', 'us-west-1', id, site.user])
      if (made.code !== 0) throw new Error(made.err)
      const sshd = await startSshd({
        dir: join(at('instances'), id),
        extra: [`AuthorizedKeysFile ${made.out.trim()}`],
      })
      servers.push(sshd)
      return sshd
    },
    async login({ port }, identity) {
      const { code, stdout, stderr } = await runSsh({ port, user: site.user, identity, command: 'echo "$(id -un)"' })
      return { code, out: stdout, err: stderr }
    },
    async close() {
      for (const sshd of servers) await sshd.stop()
      const ended = new Promise((done) => service.once('exit', done))
      service.kill('SIGTERM')
      await ended
      clean()
    },
  }
  return site
}

function show(action: string, given: Readonly<Record<string, string>>): void {
  const words = Object.entries(given).map(([name, value]) => {
    const short = value.length > 60 ? `${value.slice(0, 40).replaceAll('\n', ' ')}…` : value
    return `--${name} ${/[\s[]/.test(short) ? `'${short}'` : short}`
  })
  typed(['key-pairs', action, ...words].join(' '))
}
