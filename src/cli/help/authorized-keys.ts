/** What `--help` says of `hawser authorized-keys`. */

import { common, revocation, times } from './shared.ts'

/** The texts by command. */
export const authorizedKeysHelp: Readonly<Record<string, string>> = {
  'authorized-keys': `hawser authorized-keys: authorized_keys files, as sshd reads them

usage: hawser authorized-keys check …

  authorized-keys check  say whether a key or a certificate would log in, and with what limits

  hawser authorized-keys check --help tells more.`,

  'authorized-keys check': `hawser authorized-keys check: say whether a key or a certificate would log in, and with what limits

usage: hawser authorized-keys check --key KEY [OPTION…] FILE

  --key KEY            public key or certificate that a client offers
  --user U             the account, which a certificate must name where its line (cert-authority) lists no principals;
                       without it, no certificate does
  --address IP         address of the client; without it, a line or a certificate bound to addresses or names refuses
  --host NAME          its name, where sshd looks it up (UseDNS yes); without it, a line bound to names refuses
${revocation}
  --at T               the moment to judge at (default: now)
${common}

${times}

That the client holds the key is not asked: sshd demands a signature besides. The first line that accepts counts.

examples:
  hawser authorized-keys check --key id_ed25519.pub --address 192.0.2.7 ~/.ssh/authorized_keys
  hawser authorized-keys check --key id_ed25519-cert.pub --user alice --at +1d ~alice/.ssh/authorized_keys
  hawser authorized-keys check --json --key backup.pub --krl /etc/ssh/revoked_keys /home/backup/.ssh/authorized_keys`,
}
