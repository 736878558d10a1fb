/** OpenSSH's text files: authorized_keys and known_hosts, read, judged, edited. */
export { formatOptions, type LineOption } from '../wire/option-list.ts'
export { authoritiesFrom, type ListedAuthority } from './authorities.ts'
export {
  type AuthorizedKey,
  type AuthorizedKeys,
  addAuthorizedKey,
  formatAuthorizedKeys,
  parseAuthorizedKeys,
  removeAuthorizedKey,
} from './authorized-keys.ts'
export type { HostMarker, KnownHost } from './host-line.ts'
export { type LoginOptions, parseKeyOptions } from './key-options.ts'
export { type FoundHost, findHost, formatKnownHosts, type KnownHosts, parseKnownHosts } from './known-hosts.ts'
export { checkHost, type HostPolicy, type HostVerdict } from './known-hosts-check.ts'
export { type AddHostOptions, addHost, hashHosts, removeHost } from './known-hosts-edit.ts'
export { checkLogin, type LoginFacts, type LoginPolicy } from './login.ts'
export type { Edited } from './text-file.ts'
