/** What `--help` says of `hawser krl`. */

import { common } from './shared.ts'

/** The texts by command. */
export const krlHelp: Readonly<Record<string, string>> = {
  krl: `hawser krl: key revocation lists, as ssh-keygen -k and -Q make and ask them

usage: hawser krl create … | hawser krl test …

  krl create    make a revocation list
  krl test      say whether a list revokes keys and certificates

  hawser krl create --help and hawser krl test --help tell more. sshd takes such a list as RevokedKeys, ssh as
  RevokedHostKeys.`,

  'krl create': `hawser krl create: make a revocation list

usage: hawser krl create [OPTION…] --out F

  --out F              where the list goes
  --key F              a key that is revoked, with all certificates of it and by it; of a certificate, only that one, by
                       its serial number or, where that is 0, by its key id; may be given several times
  --serial N|N-M       certificates with that serial number, or a range of them; may be given several times
  --key-id ID          certificates with that key id; may be given several times
  --ca PUBLIC          public key of the authority whose certificates --serial and --key-id mean; without it, those of
                       every authority
  --merge F            a list whose entries are taken over; may be given several times
  --version N          number of the list (default: 0, or one more than the newest list that is taken over)
  --comment C          comment of the list
  --force              replace a file that exists
${common}

A list without entries revokes nothing, and is a good one to start from: sshd refuses every key where its list is
missing.

examples:
  hawser krl create --key stolen.pub --key lost-cert.pub --comment "since the train" --out revoked.krl
  hawser krl create --ca ca.pub --serial 17 --serial 100-199 --key-id alice@laptop --version 3 --out revoked.krl
  hawser krl create --merge revoked.krl --key another.pub --force --out revoked.krl`,

  'krl test': `hawser krl test: say whether a list revokes keys and certificates

usage: hawser krl test --krl F [OPTION…] KEY…

  --krl F              the list: a KRL, or public keys, one a line
${common}

KEY is a public key, a certificate, or a private key, whose public half is meant. Exit code 1 where any is revoked, or
cannot be judged. The reason is serial, key-id, key, sha1, sha256, or authority: the key that signed the certificate.

examples:
  hawser krl test --krl revoked.krl ~/.ssh/id_ed25519.pub ~/.ssh/id_ed25519-cert.pub
  hawser krl test --json --krl /etc/ssh/revoked_keys *.pub
  ssh-keyscan -t ed25519 host.example.com | cut -d' ' -f2- | hawser krl test --krl revoked.krl -`,
}
