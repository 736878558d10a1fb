/**
 * What a host must be told so that certificates of an authority log in: sshd_config, the authority's keys, and for each
 * account the principals that stand for it here (sshd_config(5): TrustedUserCAKeys, AuthorizedPrincipalsFile,
 * RevokedKeys, HostCertificate).
 */

import type { PublicKey } from '../keys/public-key.ts'
import { formatPublicLine } from '../wire/public-line.ts'
import { escapeText } from '../wire/text.ts'
import { isAccount, isHostGroup, principalOf } from './names.ts'

/** What a host is. */
export interface HostSetupOptions {
  /** Keys that sign the certificates of users. */
  readonly authorities: readonly Pick<PublicKey, 'blob'>[]
  /** The groups that the host is in. */
  readonly groups: readonly string[]
  /** The accounts that may be logged in to by certificate. */
  readonly accounts: readonly string[]
  /** Folder of the files, /etc/ssh/hawser where not given. */
  readonly folder?: string | undefined
  /** Path of the host's own certificate. */
  readonly hostCertificate?: string | undefined
  /** Also looks keys up in the revocation list `revoked.krl` of the folder, without which sshd then lets nobody in. */
  readonly krl?: boolean | undefined
}

/** Files for a host. */
export interface HostSetup {
  /** Lines of sshd_config; in a file that is read before others (`00-hawser.conf`), since the first value wins. */
  readonly sshdConfig: string
  /** Files that it names, owned by root, of mode 0644. */
  readonly files: readonly { readonly path: string; readonly content: string }[]
}

function needNames(names: readonly string[], what: string, isOne: (name: string) => boolean): readonly string[] {
  const odd = names.find((name) => !isOne(name))
  if (odd !== undefined || names.length === 0) {
    throw new TypeError(`${what}: names expected${odd === undefined ? '' : `, not "${escapeText(odd, 64)}"`}`)
  }
  return [...new Set(names)]
}

/** A path that sshd takes as it stands: without blanks, quotes and `%`, which it would expand. */
function needPath(path: string, what: string): string {
  if (!/^\/[\w./+@-]+$/.test(path)) throw new TypeError(`${what}: an absolute path of plain characters expected`)
  return path
}

/**
 * The files for one host. An account without a file has no principals, and nobody logs in to it by certificate; keys of
 * authorized_keys are not touched by this. Throws `TypeError` for names that are none.
 *
 * @example
 * ```ts
 * import { hostSetup } from 'hawser/ca'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const { sshdConfig, files } = hostSetup({ authorities: [publicKey], groups: ['web'], accounts: ['deploy'] })
 * console.log(sshdConfig.split('\n')[1]) // AuthorizedPrincipalsFile /etc/ssh/hawser/principals/%u
 * console.log(files[1]) // { path: '/etc/ssh/hawser/principals/deploy', content: 'deploy@web\n' }
 * ```
 */
export function hostSetup(options: HostSetupOptions): HostSetup {
  const { authorities, hostCertificate, krl } = options
  const folder = needPath(options.folder ?? '/etc/ssh/hawser', 'folder').replace(/\/+$/, '')
  const groups = needNames(options.groups, 'groups', isHostGroup)
  const accounts = needNames(options.accounts, 'accounts', isAccount)
  if (authorities.length === 0) throw new TypeError('authorities: keys expected')
  const lines = [
    `TrustedUserCAKeys ${folder}/user-authorities.pub`,
    `AuthorizedPrincipalsFile ${folder}/principals/%u`,
    ...(krl ? [`RevokedKeys ${folder}/revoked.krl`] : []),
    ...(hostCertificate === undefined ? [] : [`HostCertificate ${needPath(hostCertificate, 'hostCertificate')}`]),
  ]
  return {
    sshdConfig: lines.map((line) => `${line}\n`).join(''),
    files: [
      {
        path: `${folder}/user-authorities.pub`,
        content: authorities.map(({ blob }) => `${formatPublicLine(blob, '')}\n`).join(''),
      },
      ...accounts.map((account) => ({
        path: `${folder}/principals/${account}`,
        content: groups.map((group) => `${principalOf(account, group)}\n`).join(''),
      })),
    ],
  }
}
