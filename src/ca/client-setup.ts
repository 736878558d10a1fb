/** What a user's `ssh` is told so that it logs in through a certificate agent: a block of ssh_config(5). */

/** For which hosts, and how. */
export interface ClientSetup {
  /** Patterns of `Host`, such as `*.corp`. */
  readonly hosts: readonly string[]
  /** Path of the agent's socket; `~` and `~/` as ssh has them. */
  readonly socket: string
  /** Account on the hosts; the user's own name where it is not given. */
  readonly user?: string | undefined
  /** Path of a file with the `@cert-authority` lines; it is then the only one that ssh looks hosts up in. */
  readonly knownHosts?: string | undefined
}

/**
 * A path as a value: `%` begins a token there (ssh_config(5), TOKENS), and OpenSSH before 8.7 has no escapes in quotes.
 */
function pathValue(what: string, path: string): string {
  if (path === '' || /["\\$\p{C}\p{Zl}\p{Zp}]/u.test(path)) {
    throw new TypeError(`${what}: a path without quotes, backslashes, "$" and control characters expected`)
  }
  return `"${path.replaceAll('%', '%%')}"`
}

/**
 * The block, to stand above all others that match those hosts, since ssh takes the first value that it finds. Throws
 * `TypeError` for names and paths that have no place there.
 *
 * Why these lines (OpenSSH 10.5 sshconnect2.c `pubkey_prepare`): with `IdentitiesOnly yes` ssh offers of an agent only
 * what also lies in a file, and this certificate lies in none; `IdentityFile none` keeps the user's own keys from being
 * offered to those hosts behind it, each an attempt of the six that sshd allows.
 *
 * @example
 * ```ts
 * import { formatClientSetup } from 'hawser/ca'
 *
 * const block = formatClientSetup({ hosts: ['*.corp'], socket: '~/.ssh/hawser.sock', user: 'deploy' })
 * console.log(block.split('\n')[1]) //   IdentityAgent "~/.ssh/hawser.sock"
 * ```
 */
export function formatClientSetup({ hosts, socket, user, knownHosts }: ClientSetup): string {
  if (hosts.length === 0 || !hosts.every((host) => /^!?[\w.*?:[\]-]+$/.test(host))) {
    throw new TypeError('hosts: patterns of ssh_config expected, such as *.corp')
  }
  if (user !== undefined && !/^[\w.@+-]+$/.test(user)) throw new TypeError('user: the name of an account expected')
  const lines = [
    `Host ${hosts.join(' ')}`,
    `IdentityAgent ${pathValue('socket', socket)}`,
    'IdentitiesOnly no',
    'IdentityFile none',
    ...(user === undefined ? [] : [`User ${user}`]),
    ...(knownHosts === undefined
      ? []
      : [
          `UserKnownHostsFile ${pathValue('knownHosts', knownHosts)}`,
          'GlobalKnownHostsFile none',
          'StrictHostKeyChecking yes',
        ]),
  ]
  return `${lines.join('\n  ')}\n`
}
