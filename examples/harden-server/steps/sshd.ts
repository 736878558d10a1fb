/**
 * sshd's own configuration: a drop-in that comes first, since of two values the first one counts (sshd_config(5)). What
 * adds up instead (Port, AllowUsers) is taken out of the other files.
 */

import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { Refusal } from '../../lab/refusal.ts'
import type { Found } from '../look.ts'
import type { Proof, Step, WantedFile, Way } from '../step.ts'
import type { Wishes } from '../wishes.ts'

const main = '/etc/ssh/sshd_config'
const dropIns = `${main}.d`
export const sshdFiles: readonly string[] = [main, `${dropIns}/*.conf`]
export const socketFile = '/etc/systemd/system/ssh.socket.d/zz-harden.conf'

/** Names for the drop-in; each sorts before the one above it. */
const names = ['00-harden.conf', '00-00-harden.conf', '00--harden.conf']

/** The name that comes first among the others. Throws `Refusal`. */
export function dropInName(others: readonly string[]): string {
  const rest = others.filter((name) => !names.includes(name))
  const name = names.find((candidate) => rest.every((other) => candidate < other))
  if (name === undefined) throw new Refusal('drop-in-order', `${dropIns}: ${rest.sort()[0]} sorts before everything`)
  return name
}

export function dropIn(port: number, admin: string): string {
  const values = ['PermitRootLogin no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no']
  return `# harden-server: it sorts before every other, since of two values sshd takes the first.
Port ${port}
${values.join('\n')}
UseDNS no
AllowUsers ${admin}
PubkeyAuthentication yes
AuthorizedKeysFile .ssh/authorized_keys
# A Match of another file would say otherwise; here, too, the first one counts.
Match all
${values.map((line) => `  ${line}\n`).join('')}`
}

const mark = '#harden-server# '

/** A file of others without what would add up to ours. */
export function withoutAddedUp(content: string): string {
  return content.replace(/^[ \t]*(?:Port|AllowUsers)(?=[ \t=]).*$/gim, (line) => mark + line)
}

const include = /^[ \t]*Include[ \t]+"?(?:\/etc\/ssh\/)?sshd_config\.d\/\*\.conf"?[ \t]*$/i

/** sshd_config with the folder of drop-ins in front of everything that says something. */
export function withInclude(content: string): string {
  const lines = content.split('\n')
  const first = lines.find((line) => /^[ \t]*[^# \t\r]/.test(line))
  if (first !== undefined && include.test(first)) return content
  const rest = lines.map((line) => (include.test(line) ? mark + line : line))
  return `Include ${dropIns}/*.conf\n${rest.join('\n')}`
}

/** What `sshd -T` must say, to root and to the admin. */
export const effects = (port: number, admin: string): string[] => [
  `port ${port}`,
  'permitrootlogin no',
  'passwordauthentication no',
  'kbdinteractiveauthentication no',
  'usedns no',
  `allowusers ${admin}`,
  'pubkeyauthentication yes',
  'authorizedkeysfile .ssh/authorized_keys',
]

export function sshdStep(wishes: Wishes, { facts, files: found }: Found): Step {
  const { admin, port } = wishes
  const others = [...found].filter(([path]) => path.startsWith(`${dropIns}/`))
  const name = dropInName(others.map(([path]) => path.slice(dropIns.length + 1)))
  const files: WantedFile[] = [
    { path: `${dropIns}/${name}`, mode: '644', owner: 'root:root', content: dropIn(port, admin) },
  ]
  for (const [path, { mode, owner, content }] of found) {
    if (path !== main && !(path.startsWith(`${dropIns}/`) && path !== `${dropIns}/${name}`)) continue
    const without = withoutAddedUp(content)
    const wanted = path === main ? withInclude(without) : without
    if (wanted !== content) files.push({ path, mode, owner, content: wanted })
  }
  if (facts.socket === 'yes') {
    // Ubuntu's ssh.socket has BindIPv6Only=ipv6-only (24.04), with which a port alone is one of IPv6 alone.
    const content = `# harden-server\n[Socket]\nListenStream=\nListenStream=${port}\nBindIPv6Only=both\n`
    files.push({ path: socketFile, mode: '644', owner: 'root:root', content })
  }
  // SSH_CONNECTION: the client's address and port, the server's address and port.
  const [client, , server] = (facts.client ?? '').split(' ').map((word) => (isIP(word) > 0 ? word : '127.0.0.1'))
  const next: Way = { as: 'admin', port }
  const refused: Proof[] = wishes.login === admin ? [] : [{ expect: 'refused', way: { as: 'login', port } }]
  return {
    name: 'sshd',
    title: `sshd on port ${port}, with keys alone, for ${admin} alone`,
    store: 'sshd',
    folders: [
      [dropIns, '755', 'root:root'],
      ...(facts.socket === 'yes' ? [[socketFile.replace(/\/[^/]*$/, ''), '755', 'root:root'] as const] : []),
    ],
    files,
    facts: [],
    check: `(${effectScript(wishes, client ?? '127.0.0.1', server ?? '127.0.0.1')}) >/dev/null 2>&1`,
    keep: '',
    prepare: `${unchanged(found)}${semanage(port)}`,
    judge: `"$sshd" -t || fail 'sshd -t refuses it'${effectScript(wishes, client ?? '127.0.0.1', server ?? '127.0.0.1')}`,
    activate: 'reload_sshd',
    undo: `if [ -e "$try/semanage" ]; then semanage port -d -t ssh_port_t -p tcp ${port} || :; fi`,
    prove: [
      { expect: 'in', way: next, root: true },
      { expect: 'keys-only', user: admin, port },
      { expect: 'keys-only', user: 'root', port },
      ...refused,
    ],
    next,
  }
}

/** The new files come from what was read. What somebody wrote meanwhile, or what is no UTF-8, is not overwritten. */
function unchanged(found: Found['files']): string {
  const sums = [...found]
    .filter(([path]) => path === main || path.startsWith(`${dropIns}/`))
    .map(([path, { content }]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
  return `sha256sum -c >/dev/null 2>&1 <<'END' || fail 'sshd_config or a drop-in is another one than was read'\n${sums.join('')}END`
}

/** Where SELinux watches, sshd gets a port of its own only if it is told. */
const semanage = (port: number): string => `
if have getenforce && have semanage && [ "$(getenforce)" = Enforcing ] && ! semanage port -l | grep -qE '^ssh_port_t .*[ ,]${port}(,|$)'; then
  semanage port -a -t ssh_port_t -p tcp ${port} && : >"$try/semanage"
fi`

/** `sshd -t` takes what has no effect, so each setting is asked for by `sshd -T`, for both users. */
function effectScript({ admin, port }: Wishes, client: string, server: string): string {
  return `
for user in root ${admin}; do
  all=$("$sshd" -T -C "user=$user,host=${client},addr=${client},laddr=${server},lport=${port}") || fail 'sshd -T refuses it'
  while read -r want; do
    got=$(printf '%s\\n' "$all" | grep "^\${want%% *} " || :)
    if [ "$got" != "$want" ]; then fail "for $user, $want expected; sshd -T says: $(echo $got)"; fi
    say "sshd -T, $user: $want"
  done <<'END'
${effects(port, admin).join('\n')}
END
  case $(printf '%s\\n' "$all" | grep '^listenaddress ' | grep -v ':${port}$') in '') ;; *) fail 'a ListenAddress names another port' ;; esac
done`
}
