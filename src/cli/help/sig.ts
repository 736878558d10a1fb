/** What `--help` says of `hawser sig`. */

import { common, revocation, times } from './shared.ts'

/** The texts by command. */
export const sigHelp: Readonly<Record<string, string>> = {
  sig: `hawser sig: signatures over files with SSH keys (SSHSIG), as ssh-keygen -Y makes and verifies them

usage: hawser sig sign … | hawser sig verify … | hawser sig check … | hawser sig find-principals …

  sig sign             sign a file
  sig verify           verify a signature over a file, and that its key may sign for somebody
  sig check            verify a signature over a file, whoever made it
  sig find-principals  say for whom the key of a signature may sign

  Each tells more with --help. A signature is for a namespace, such as "file", "git" or "name@your.domain": one made
  for one purpose is of no use for another.`,

  'sig sign': `hawser sig sign: sign a file

usage: hawser sig sign (--key F | --agent PUBLIC) --namespace NS [OPTION…] FILE

  --key F              private key to sign with
  --agent PUBLIC       public key or certificate to sign with, whose private key the agent of SSH_AUTH_SOCK has
  --passphrase-file F  its passphrase: the first line of F; without it a terminal is asked
  --namespace NS       what the signature is for: file, git, or name@your.domain
  --hash H             sha512 (default) or sha256
  --certificate F      certificate of the key, which is put into the signature in place of the key
  --out F              where the signature goes (default: standard output; ssh-keygen takes FILE.sig)
  --force              replace a file that exists
${common}

FILE may be of any size: it is hashed as it is read.

examples:
  hawser sig sign --key ~/.ssh/id_ed25519 --namespace file --out release.tar.gz.sig release.tar.gz
  hawser sig sign --key ci --certificate ci-cert.pub --namespace build@example.com --out image.sig image
  tar c docs | hawser sig sign --key ~/.ssh/id_ed25519 --namespace file - > docs.sig`,

  'sig verify': `hawser sig verify: verify a signature over a file, and that its key may sign for somebody

usage: hawser sig verify --signers F --identity I --namespace NS --signature S [OPTION…] FILE

  --signers F          file of allowed signers: on each line principals, options and a key, see below
  --identity I         who must have signed, as a line of F names them; an empty one is nobody
  --namespace NS       what the signature must be for
  --signature S        the signature
${revocation}
  --at T               the moment to judge at (default: now); take the one at which the signature was seen first
${common}

${times}

A line of allowed signers may read: alice@example.com,*@ops.example.com namespaces="file,git" ssh-ed25519 AAAA…
Other options are valid-after="T", valid-before="T", and cert-authority for a key that signs certificates.

examples:
  hawser sig verify --signers allowed_signers --identity alice@example.com --namespace file \\
    --signature release.tar.gz.sig release.tar.gz
  hawser sig verify --json --signers allowed_signers --identity ci@example.com --namespace build@example.com \\
    --krl revoked.krl --at 2026-11-01 --signature image.sig image`,

  'sig check': `hawser sig check: verify a signature over a file, whoever made it

usage: hawser sig check --namespace NS --signature S [OPTION…] FILE

  --namespace NS       what the signature must be for
  --signature S        the signature
${common}

That a signature holds says nothing about who made it: "hawser sig verify" asks a list of allowed signers.

examples:
  hawser sig check --namespace file --signature release.tar.gz.sig release.tar.gz
  hawser sig check --json --namespace file --signature release.tar.gz.sig - < release.tar.gz`,

  'sig find-principals': `hawser sig find-principals: say for whom the key of a signature may sign

usage: hawser sig find-principals --signers F --signature S [OPTION…]

  --signers F          file of allowed signers
  --signature S        the signature, of which nothing but its key is looked at
  --at T               the moment to judge at (default: now)
${common}

${times}

Prints the principals of the first line that lets the key sign, one a line, and exits 1 where there is none. They are
candidates for the --identity of "hawser sig verify", which alone verifies the signature.

examples:
  hawser sig find-principals --signers allowed_signers --signature release.tar.gz.sig
  hawser sig find-principals --json --signers allowed_signers --at 20260101 --signature release.tar.gz.sig`,
}
