/** What there is on the server now: one script, read as root, that changes nothing. */

import { readFileSync } from 'node:fs'
import { Refusal } from '../lab/refusal.ts'
import { type Connection, runScript } from './ssh.ts'
import type { Way } from './step.ts'

export interface FoundFile {
  readonly mode: string
  /** OWNER:GROUP */
  readonly owner: string
  readonly content: string
}

export interface Found {
  readonly facts: Readonly<Record<string, string>>
  readonly files: ReadonlyMap<string, FoundFile>
}

export const prelude: string = readFileSync(new URL('./server/prelude.sh', import.meta.url), 'utf8')

/** `paths` may hold patterns of sh. Throws `Refusal`. */
export async function lookAt(connection: Connection, way: Way, paths: readonly string[]): Promise<Found> {
  const { admin } = connection.wishes
  const script = `${prelude}
fact() { printf 'fact %s %s\\n' "$1" "$2"; }
yes() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
for tool in sshd useradd usermod userdel chpasswd sudo visudo base64 stat getent systemctl nft iptables-restore ip6tables-restore; do
  fact "tool-$tool" "$(yes have "$tool")"
done
fact system "$(uname -s)"
fact client "\${SSH_CONNECTION:-}"
entry=$(getent passwd ${admin} || :)
fact uid "$(printf %s "$entry" | cut -d: -f3)"
fact shell "$(printf %s "$entry" | cut -d: -f7)"
home=$(printf %s "$entry" | cut -d: -f6)
fact home "\${home:=/home/${admin}}"
fact root "$(getent shadow root | cut -d: -f2 | cut -c1)"
fact systemd "$(yes test -d /run/systemd/system)"
fact socket "$(if have systemctl; then yes systemctl is-active --quiet ssh.socket; else echo no; fi)"
fact ifupdown "$(yes test -d /etc/network/if-pre-up.d)"
fact openrc "$(yes test -d /etc/local.d)"
fact firewalld "$(if have firewall-cmd; then yes firewall-cmd --state; else echo no; fi)"
fact ufw "$(if have ufw; then yes sh -c 'ufw status | grep -q "Status: active"'; else echo no; fi)"
fact listening "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' | tr '\\n' ' ')"
for path in ${paths.join(' ')}; do
  if [ -f "$path" ]; then printf 'file %s %s ' "$path" "$(stat -c '%a %U:%G' "$path")"; base64 <"$path" | tr -d '\\n'; echo; fi
done
`
  const { code, out, err } = await runScript(connection, way, script)
  if (code !== 0) throw new Refusal('no-look', `the server cannot be looked at: ${err.trim() || `exit code ${code}`}`)
  return readFound(out)
}

export function readFound(out: string): Found {
  const facts: Record<string, string> = {}
  const files = new Map<string, FoundFile>()
  for (const line of out.split('\n')) {
    const [, name, value] = /^fact (\S+) (.*)$/.exec(line) ?? []
    if (name !== undefined) facts[name] = value ?? ''
    const [, path, mode, owner, base64 = ''] = /^file (\S+) ([0-7]+) (\S+) ?(\S*)$/.exec(line) ?? []
    if (path !== undefined && mode !== undefined && owner !== undefined) {
      files.set(path, { mode, owner, content: Buffer.from(base64, 'base64').toString() })
    }
  }
  return { facts, files }
}

/** What every plan needs. Throws `Refusal`. */
export function needFacts({ facts }: Found): void {
  if (facts.system !== 'Linux') throw new Refusal('not-linux', `Linux expected, not ${facts.system ?? 'nothing'}`)
  const needed = ['sshd', 'useradd', 'usermod', 'userdel', 'chpasswd', 'sudo', 'visudo', 'base64', 'stat', 'getent']
  const missing = needed.filter((tool) => facts[`tool-${tool}`] !== 'yes')
  if (missing.length > 0) throw new Refusal('missing-tool', `not installed on the server: ${missing.join(', ')}`)
}
