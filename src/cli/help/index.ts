/** What `--help` says. Each text teaches one command: its purpose, how it is called, its options, examples. */

import { agentHelp } from './agent.ts'
import { authorizedKeysHelp } from './authorized-keys.ts'
import { caHelp } from './ca.ts'
import { certHelp } from './cert.ts'
import { hostsHelp } from './hosts.ts'
import { keysHelp } from './keys.ts'
import { krlHelp } from './krl.ts'
import { sigHelp } from './sig.ts'

/** The texts by command; '' is the command as a whole. */
export const help: Readonly<Record<string, string>> = {
  '': `hawser: SSH keys, certificates, signatures, revocation lists, known_hosts and authorized_keys

usage: hawser COMMAND [OPTION…] [FILE…]

  keygen                 make a key pair
  inspect                say what a file is and what is in it
  convert                put a key into another format
  fingerprint            print the fingerprint of a key, or tell which form a given one is
  cert issue             sign a certificate
  cert check             accept or refuse a certificate, and say why
  sig sign               sign a file
  sig verify             verify a signature over a file, and that its key may sign for somebody
  sig check              verify a signature over a file, whoever made it
  sig find-principals    say for whom the key of a signature may sign
  krl create             make a revocation list
  krl test               say whether a list revokes keys and certificates
  hosts find             print the entries of a host in known_hosts
  hosts check            say whether a host that shows a key is who it says
  hosts add              add the key of a host to known_hosts
  hosts remove           remove a host from known_hosts
  hosts hash             put hashes in place of the names in known_hosts
  authorized-keys check  say whether a key or a certificate would log in, and with what limits
  agent serve            hold keys and sign with them, as ssh-agent does
  agent list             show the keys of an agent
  agent add              give private keys to an agent
  agent remove           take keys out of an agent
  agent lock             make the keys of an agent unusable
  agent unlock           make them usable again
  agent query            show which extensions an agent has
  login                  log in to the authority of an agent, before ssh needs it
  ca client-setup        print the block of ssh_config that has ssh log in by certificate
  ca host-setup          print what sshd is told to let certificates in
  ca keys                print the keys of an authority
  ca known-hosts         print its lines of known_hosts
  ca host-certificate    have a host's own key certified
  ca krl                 fetch its revocation list

  hawser COMMAND --help tells more about one of them, hawser --version which version this is.

"-" as a file is standard input. Results go to standard output, everything else to standard error. Files are never
overwritten without --force. Exit code: 0 done or accepted, 1 refused, invalid or failed, 2 wrong usage.`,
  ...keysHelp,
  ...certHelp,
  ...sigHelp,
  ...krlHelp,
  ...hostsHelp,
  ...authorizedKeysHelp,
  ...agentHelp,
  ...caHelp,
}
