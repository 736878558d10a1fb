/** What `--help` says of `hawser hosts`. */

import { common, revocation, times } from './shared.ts'

/** How a host is said. */
const host = `HOST is a name or an address as it is, or [HOST]:PORT where the port is not 22; a colon outside of brackets is part of
the name.`

/** What an edit leaves. */
const edits = 'FILE is replaced as a whole, with the mode that it had, and what was there is kept as FILE.old.'

/** The texts by command. */
export const hostsHelp: Readonly<Record<string, string>> = {
  hosts: `hawser hosts: known_hosts files, as ssh-keygen -F, -R and -H read and edit them

usage: hawser hosts find … | hawser hosts check … | hawser hosts add … | hawser hosts remove … | hawser hosts hash …

  hosts find    print the entries of a host
  hosts check   say whether a host that shows a key is who it says
  hosts add     add the key of a host
  hosts remove  remove a host
  hosts hash    put hashes in place of the names

  Each tells more with --help.

${host}`,

  'hosts find': `hawser hosts find: print the entries of a host, as ssh-keygen -F does

usage: hawser hosts find [OPTION…] HOST FILE

${common}

${host}
Names and patterns match in either case; hashed ones as HOST is written, and ssh hashes lower case. Entries for all
hosts of a pattern, of authorities (@cert-authority) and revoked ones (@revoked) are printed too. Exit code 1 where
there is none.

examples:
  hawser hosts find gate.example.com ~/.ssh/known_hosts
  hawser hosts find --json '[gate.example.com]:2222' /etc/ssh/ssh_known_hosts`,

  'hosts check': `hawser hosts check: say whether a host that shows a key is who it says, as ssh decides it

usage: hawser hosts check --key KEY [OPTION…] HOST FILE…

  --key KEY            what the host shows: its public key, or its certificate
${revocation}
  --at T               the moment to judge a certificate at (default: now)
${common}

The answer is one of these; exit code 0 for the first two alone:
  known      the key is the one of this host
  authority  the certificate is by an authority (@cert-authority) for this host, valid, and names it
  new        nothing is known of this host
  changed    other keys are known of this host, and not this one
  revoked    the key, or the one that signed the certificate, must not be used

${host}
${times}

examples:
  hawser hosts check --key host.pub gate.example.com ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts
  hawser hosts check --json --key ssh_host_ed25519_key-cert.pub --krl revoked.krl web1.example.com known_hosts
  ssh-keyscan -t ed25519 web1 | cut -d' ' -f2- | hawser hosts check --key - web1 ~/.ssh/known_hosts`,

  'hosts add': `hawser hosts add: add the key of a host

usage: hawser hosts add [OPTION…] HOST KEY FILE

  --hash               write a hash in place of the name
  --marker M           cert-authority: KEY signs certificates of hosts; revoked: it must not be used. HOST may then be
                       patterns with commas between them, such as *.example.com
  --comment C          comment of the entry (default: the one of KEY)
  --force              add KEY though the host is there with another key
${common}

${host}
It is written in lower case; nothing is where the host is there with this key. A host that is there with another key
without a marker, of whatever type, is refused (host-changed) unless --force is given. A new FILE has mode 0600.
${edits}

examples:
  hawser hosts add gate.example.com ssh_host_ed25519_key.pub ~/.ssh/known_hosts
  hawser hosts add --hash '[192.0.2.1]:2222' host.pub ~/.ssh/known_hosts
  hawser hosts add --marker cert-authority '*.example.com' host_ca.pub /etc/ssh/ssh_known_hosts`,

  'hosts remove': `hawser hosts remove: remove a host, as ssh-keygen -R does

usage: hawser hosts remove [OPTION…] HOST FILE

${common}

Removes the lines that "hawser hosts find" prints, with all their names; but lines with a marker stay, so that nobody
becomes trusted by it, and where there are no others the exit code is 1.
${edits}

${host}

examples:
  hawser hosts remove gate.example.com ~/.ssh/known_hosts
  hawser hosts remove --json '[192.0.2.1]:2222' ~/.ssh/known_hosts`,

  'hosts hash': `hawser hosts hash: put hashes in place of the names, as ssh-keygen -H does

usage: hawser hosts hash [OPTION…] FILE

${common}

Each name gets a line of its own. Lines with patterns or a marker stay as they are: a hash stands for one name.
${edits}
FILE.old still names the hosts: delete it to keep them private.

examples:
  hawser hosts hash ~/.ssh/known_hosts && rm ~/.ssh/known_hosts.old
  hawser hosts hash --json known_hosts`,
}
