/** What `--help` says of `hawser cert`. */

import { common, revocation, times } from './shared.ts'

/** The texts by command. */
export const certHelp: Readonly<Record<string, string>> = {
  cert: `hawser cert: certificates of SSH

usage: hawser cert issue … | hawser cert check …

  cert issue    sign a certificate
  cert check    accept or refuse a certificate, and say why

  hawser cert issue --help and hawser cert check --help tell more.`,

  'cert issue': `hawser cert issue: sign a certificate for a public key

usage: hawser cert issue (--ca FILE | --ca-agent PUBLIC) --id ID (--principal P… | --any-principal) --to T
                         [OPTION…] PUBLIC

  --ca FILE            private key of the authority
  --ca-agent PUBLIC    public key of the authority, whose private key the agent of SSH_AUTH_SOCK has
  --passphrase-file F  its passphrase: the first line of F; without it a terminal is asked
  --id ID              key id: free text that turns up in the logs of sshd
  --principal P        a login name, or with --host a host name; may be given several times
  --any-principal      no principals: old versions of sshd take it for everybody, new ones for nobody
  --host               a host certificate in place of a user certificate
  --serial N           serial number, 64 bits (default 0, which cannot be revoked by its serial)
  --from T             valid from (default: the minute before now)
  --to T               valid before; "forever" must be said
  --critical NAME[=DATA]
                       a critical option, such as force-command=DATA, source-address=DATA, verify-required;
                       may be given several times
  --extension NAME[=DATA]
                       an extension, such as permit-pty; may be given several times
  --no-default-extensions
                       without the permissions that ssh-keygen gives to user certificates
  --algorithm A        signature algorithm, such as rsa-sha2-256
  --out F              where the certificate goes (default: standard output)
  --force              replace a file that exists
${common}

${times}

examples:
  hawser cert issue --ca ca --id alice@laptop --principal alice --to +8h --out id_ed25519-cert.pub id_ed25519.pub
  hawser cert issue --ca ca --id backup --principal backup --critical force-command=/usr/bin/backup \\
    --critical source-address=10.0.0.0/8 --no-default-extensions --to +52w backup.pub
  hawser cert issue --ca host_ca --host --id web1 --principal web1.example.com --to forever ssh_host_ed25519_key.pub`,

  'cert check': `hawser cert check: accept or refuse a certificate, and say why

usage: hawser cert check --ca PUBLIC… [OPTION…] CERT

  --ca PUBLIC          public key of a trusted authority, or a file of several lines; may be given several times
  --principal P        the login or host name that it must be good for; without it, names are not checked
  --host               a host certificate is expected in place of a user certificate
  --at T               the moment to judge at (default: now)
  --source-address IP  the address it is used from; without it, a certificate bound to addresses is refused
${revocation}
${common}

${times}

examples:
  hawser cert check --ca ca.pub --principal alice id_ed25519-cert.pub
  hawser cert check --ca ca.pub --principal alice --source-address 10.1.2.3 --at 2026-12-01T09:00 cert.pub
  hawser cert check --ca ca.pub --krl revoked.krl --principal alice id_ed25519-cert.pub
  hawser cert check --json --ca host_ca.pub --host --principal web1.example.com ssh_host_ed25519_key-cert.pub`,
}
