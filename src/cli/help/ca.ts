/** What `--help` says of `hawser ca` and `hawser login`. */

import { common } from './shared.ts'

const authority = '  --authority URL      the authority: https, or http on this machine'

/** Where a token comes from. */
export const tokens: string = `  --login WAY          browser (default), device (type a code on another machine), command, environment
  --token-command CMD  a program that prints a token: words apart at spaces, together in quotes; no shell takes part, so
                       pipes and variables need one: --token-command "sh -c 'curl … | jq -r .value'"
  --token-env NAME     the variable that has the token (with --login environment: HAWSER_TOKEN)`

/** The texts by command. */
export const caHelp: Readonly<Record<string, string>> = {
  login: `hawser login: log in, and hand the token to the agent that runs ("hawser agent serve --authority")

usage: hawser login [OPTION…]

The agent then asks its authority for a certificate at once, so that what is wrong shows now and not inside ssh. Do it
before ssh: when ssh asks the agent, sshd's LoginGraceTime is running already (two minutes, if nobody changed it). The
token goes through the agent's socket and nowhere else: to no file, no argument, no log. It is not taken from another
machine that the agent is forwarded to.

  --socket S           the agent behind the socket S (default: the one that SSH_AUTH_SOCK names)
  --authority URL      refuse where the agent is one of another authority; the agent says which its own is
  --device             on a machine without a browser: shows a code to type on another one
${tokens}
${common}

examples:
  hawser login --socket ~/.ssh/hawser.sock
  hawser login --device
  hawser login --token-command "gcloud auth print-identity-token --audiences=ssh"`,

  ca: `hawser ca: a certificate authority's users and hosts: what they set up, and what they fetch from it

usage: hawser ca client-setup|host-setup|keys|known-hosts|host-certificate|krl …

  ca client-setup      print the block of ssh_config that has ssh log in by certificate
  ca host-setup        print what sshd is told, and which principals stand for which account
  ca keys              print the keys that sign the certificates of users, for TrustedUserCAKeys
  ca known-hosts       print the lines of known_hosts by which ssh believes the hosts' certificates
  ca host-certificate  have the host's own key certified
  ca krl               fetch the revocation list, for RevokedKeys

  hawser ca client-setup --help and so on tell more. "hawser agent serve --authority" is the agent, "hawser login" logs
  in beforehand. "hawser cert issue" needs no authority that listens.`,

  'ca client-setup': `hawser ca client-setup: print the block of ssh_config that has ssh log in by certificate

usage: hawser ca client-setup --host PATTERN [OPTION…]

  --host PATTERN       for which hosts, such as '*.corp'; may be given several times
  --socket S           where the agent is, as given to "hawser agent serve --socket" (default: ~/.ssh/hawser.sock)
  --user U             the account on the hosts
  --known-hosts F      believe those hosts by the authority alone, whose lines are in F ("hawser ca known-hosts")
${common}

The block goes above all others for the same hosts, since ssh takes the first value that it finds. scp, sftp, rsync and
git run ssh, so that it is for them too. Why it has "IdentitiesOnly no": the certificate is in the agent alone, and with
"yes" ssh offers only what also lies in a file. Why "IdentityFile none": your other keys are then not shown to those
hosts, each one attempt of the six that sshd allows.

examples:
  hawser ca client-setup --host '*.corp' --user deploy >> ~/.ssh/config
  hawser ca client-setup --host '*.corp' --known-hosts ~/.ssh/known_hosts_corp --socket /run/user/1000/hawser`,

  'ca host-setup': `hawser ca host-setup: print what sshd is told, and which principals stand for which account

usage: hawser ca host-setup --group G --account A --authority URL|--ca FILE [OPTION…]

  --group G            a group of hosts that this one is in; may be given several times
  --account A          an account that is logged in to by certificate; may be given several times
${authority}
  --ca FILE            the keys that sign users' certificates, one a line, in place of asking for them
  --folder F           where the files go (default: /etc/ssh/hawser)
  --host-certificate F path of the host's certificate ("hawser ca host-certificate")
  --krl                also look into the revocation list F/revoked.krl ("hawser ca krl"); sshd lets nobody in by key
                       while it is not there
${common}

A certificate names accounts on groups of hosts, deploy@web, and no host by itself: the files say which of those names
open which account here. An account without a file is opened by none. Look at the effect with
"sshd -T -C user=deploy,addr=192.0.2.1": of two files in sshd_config.d the first one wins.

examples:
  hawser ca host-setup --group web --account deploy --account www --authority https://ssh.example.com
  hawser ca host-setup --group web --account deploy --ca user_ca.pub --krl`,

  'ca keys': `hawser ca keys: print the keys that sign the certificates of users, for TrustedUserCAKeys of sshd

usage: hawser ca keys --authority URL

${authority}
${common}

examples:
  hawser ca keys --authority https://ssh.example.com > /etc/ssh/user_ca.pub
  hawser ca keys --authority https://ssh.example.com --json`,

  'ca known-hosts': `hawser ca known-hosts: print the lines of known_hosts by which ssh believes the hosts' certificates

usage: hawser ca known-hosts --authority URL

${authority}
${common}

examples:
  hawser ca known-hosts --authority https://ssh.example.com > ~/.ssh/known_hosts_corp
  hawser ca known-hosts --authority https://ssh.example.com >> /etc/ssh/ssh_known_hosts`,

  'ca host-certificate': `hawser ca host-certificate: have the host's own key certified

usage: hawser ca host-certificate --authority URL --key FILE --name NAME [OPTION…]

${authority}
  --key FILE           the host's private key, which signs the request: that is the proof that the host has it
  --name NAME          a name of the host; may be given several times
  --out F              where the certificate goes (default: FILE-cert.pub)
  --force              replace a certificate that is there
  --lifetime N         seconds to ask for, or 12h, 30d (default: what the policy says)
  --passphrase-file F  passphrase of the key: the first line of F
${tokens}
${common}

sshd takes it as HostCertificate, and reads it anew when it gets SIGHUP.

examples:
  hawser ca host-certificate --authority https://ssh.example.com --key ssh_host_ed25519_key --name web1.corp
  hawser ca host-certificate --authority https://ssh.example.com --key /etc/ssh/ssh_host_ed25519_key \\
    --name web1.corp --token-env HOST_TOKEN --force && systemctl reload ssh`,

  'ca krl': `hawser ca krl: fetch the revocation list, for RevokedKeys of sshd

usage: hawser ca krl --authority URL --out F [OPTION…]

${authority}
  --out F              where the list goes; it is there whole or not at all
  --force              replace a list that is there, by one that is not older
${common}

What is no revocation list is not written: sshd refuses every key where its list is broken.

examples:
  hawser ca krl --authority https://ssh.example.com --out /etc/ssh/hawser/revoked.krl
  hawser ca krl --authority https://ssh.example.com --out /etc/ssh/hawser/revoked.krl --force`,
}
