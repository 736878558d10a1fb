/** What `--help` says of `hawser agent`. */

import { tokens } from './ca.ts'
import { common } from './shared.ts'

const socket = '  --socket S           the agent behind the socket S (default: the one that SSH_AUTH_SOCK names)'

/** The texts by command. */
export const agentHelp: Readonly<Record<string, string>> = {
  agent: `hawser agent: an agent that holds keys for ssh, git and the like, and what to ask of any agent

usage: hawser agent serve|list|add|remove|lock|unlock|query …

  agent serve    hold keys and sign with them, or with an authority's certificates, until a signal comes
  agent list     show the keys and certificates of an agent
  agent add      give private keys to an agent
  agent remove   take keys out of an agent
  agent lock     make an agent's keys unusable
  agent unlock   make them usable again
  agent query    show which extensions an agent has

  hawser agent serve --help and so on tell more.`,

  'agent serve': `hawser agent serve: hold keys and sign with them, until a signal comes

usage: hawser agent serve [OPTION…] [KEY…]

It prints the line that tells a shell where it is, as ssh-agent -s does, and stays in the foreground. KEY is a private
key, which is taken in with the certificate KEY-cert.pub beside it. No key is ever written anywhere: all are gone when
the agent ends, and so is its socket.

  --socket S           path of the socket (default: a new one in a folder of its own)
  --lifetime N         forget each key after N seconds (or 30m, 8h, 1d), if it was not added with a lifetime of its own
  --confirm            ask before each use of each key, by the program that SSH_ASKPASS names, else on the terminal
  --passphrase-file F  passphrase of the KEYs: the first line of F; without it a terminal is asked
  --sk-provider P      a library for security keys that clients may have loaded, besides OpenSSH's own; may be given
                       several times
${common}

With an authority, it has a certificate besides, for minutes, whose key nobody else has ever seen:

  --authority URL      ask there when ssh first needs a certificate, and anew when one is used with less than 20 seconds
                       left; never otherwise. Once it is over, key and certificate are forgotten
  --account A          an account to ask for; may be given several times (default: all that the policy gives)
  --group G            a group of hosts to ask for; may be given several times
  --lifetime N         is also asked for
  --confirm            asks before each use of the certificate, and of each key of --with-agent, too; that agent then
                       gets no extension that is unknown here, since it might be a use
  --with-agent S       show the keys of the agent behind the socket S as well, after the certificate
  --forwarded          let hosts that the agent is forwarded to use the certificate
${tokens}

It signs logins with the certificate and nothing else. Where somebody must log in for it, ssh waits two minutes at most;
so long does sshd wait from when ssh connected. "hawser login" does it beforehand. Without a certificate the list is
that of the other keys, the reason is said here, and ssh goes on with its other ways. "ssh-add -D" logs out, and is
passed on: it empties the agent of --with-agent as well.

examples:
  hawser agent serve --socket ~/.ssh/agent &
  hawser agent serve --confirm --lifetime 8h ~/.ssh/id_ed25519
  hawser agent serve --authority https://ssh.example.com --socket ~/.ssh/hawser.sock --with-agent "$SSH_AUTH_SOCK"
  hawser ca client-setup --host '*.corp' >> ~/.ssh/config`,

  'agent list': `hawser agent list: show the keys and certificates of an agent

usage: hawser agent list [OPTION…]

  --public             whole public keys, as in authorized_keys (default: type, fingerprint and comment)
${socket}
${common}

The fingerprint of a certificate is that of its key.

examples:
  hawser agent list
  hawser agent list --public >> authorized_keys`,

  'agent add': `hawser agent add: give private keys to an agent

usage: hawser agent add [OPTION…] FILE…

With FILE goes the certificate FILE-cert.pub, where there is one.

  --lifetime N         the agent is to forget it after N seconds (or 30m, 8h, 1d)
  --confirm            the agent is to ask before each use
  --passphrase-file F  passphrase of FILE: the first line of F; without it a terminal is asked
${socket}
${common}

examples:
  hawser agent add ~/.ssh/id_ed25519
  hawser agent add --lifetime 8h --confirm --passphrase-file secret.txt deploy_rsa`,

  'agent remove': `hawser agent remove: take keys out of an agent

usage: hawser agent remove [OPTION…] PUBLIC…
       hawser agent remove [OPTION…] --all

PUBLIC is a public key or a certificate; a key and its certificate are two.

  --all                all keys and certificates
${socket}
${common}

examples:
  hawser agent remove ~/.ssh/id_ed25519.pub ~/.ssh/id_ed25519-cert.pub
  hawser agent remove --all`,

  'agent lock': `hawser agent lock: make an agent's keys unusable, until "hawser agent unlock" with the same passphrase

usage: hawser agent lock [OPTION…]

  --passphrase-file F  the passphrase: the first line of F; without it a terminal is asked
${socket}
${common}

examples:
  hawser agent lock
  hawser agent lock --passphrase-file secret.txt`,

  'agent unlock': `hawser agent unlock: make a locked agent's keys usable again

usage: hawser agent unlock [OPTION…]

  --passphrase-file F  the passphrase: the first line of F; without it a terminal is asked
${socket}
${common}

examples:
  hawser agent unlock
  hawser agent unlock --passphrase-file secret.txt`,

  'agent query': `hawser agent query: show which extensions an agent has

usage: hawser agent query [OPTION…]

${socket}
${common}

OpenSSH's agent knows this question since 10.3; older ones refuse.

examples:
  hawser agent query
  hawser agent query --json`,
}
