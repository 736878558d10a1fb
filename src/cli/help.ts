/** What `--help` says. Each text teaches one command: its purpose, how it is called, its options, examples. */

const times = `Times (T) are ISO 8601 (2026-11-21, 2026-11-21T14:00, …T14:00:00+01:00), @ and unix seconds, YYYYMMDD[HHMM[SS]][Z],
or relative to now (+5m, -1h, +52w; s m h d w). Without a zone they are local.`

const common = `  --json               one JSON object a line on standard output, refusals too
  --help               this text`

/** The texts by command; '' is the command as a whole. */
export const help: Readonly<Record<string, string>> = {
  '': `hawser: SSH keys, fingerprints and certificates

usage: hawser COMMAND [OPTION…] [FILE…]

  keygen        make a key pair
  inspect       say what a file is and what is in it
  convert       put a key into another format
  fingerprint   print the fingerprint of a key, or tell which form a given one is
  cert issue    sign a certificate
  cert check    accept or refuse a certificate, and say why

  hawser COMMAND --help tells more about one of them, hawser --version which version this is.

"-" as a file is standard input. Results go to standard output, everything else to standard error. Files are never
overwritten without --force. Exit code: 0 done or accepted, 1 refused, invalid or failed, 2 wrong usage.`,

  keygen: `hawser keygen: make a key pair, write FILE and FILE.pub, show fingerprint and randomart

usage: hawser keygen [OPTION…] --out FILE

  --out FILE           where the private key goes (mode 0600); the public key goes to FILE.pub
  --type TYPE          ed25519 (default), ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa or mldsa44-ed25519
  --bits N             size of an rsa key, 1024 to 16384 (default 3072)
  --comment C          comment of the key (default: user@host)
  --format FORMAT      openssh (default)
  --passphrase-file F  encrypt with the first line of F; without it a terminal is asked, and without a terminal the
                       key is not encrypted
  --cipher C           cipher of an encrypted key (default aes256-ctr)
  --rounds N           rounds of its key derivation, 1 to 2048 (default 24)
  --force              replace files that exist
${common}

examples:
  hawser keygen --out ~/.ssh/id_ed25519
  hawser keygen --type rsa --bits 4096 --comment deploy --out deploy_rsa
  hawser keygen --passphrase-file secret.txt --rounds 100 --json --out ca`,

  inspect: `hawser inspect: say what each file is and what is in it

usage: hawser inspect [OPTION…] FILE…

FILE is a private key, a public key, a certificate, an X.509 certificate or a certification request, in whatever
format, also inside the JSON answer of a cloud.

  --passphrase-file F  passphrase of encrypted private keys: the first line of F; without it a terminal is asked.
                       Without a passphrase, what the file tells in clear is told
${common}

The signature of a certificate is verified as mathematics alone; whether to trust it is for "hawser cert check".

examples:
  hawser inspect ~/.ssh/id_ed25519 ~/.ssh/id_ed25519-cert.pub
  hawser inspect --json --passphrase-file secret.txt id_ed25519
  hawser inspect create-key-pair.json vm.crt putty.ppk
  ssh-add -L | head -1 | hawser inspect -`,

  convert: `hawser convert: put a key into another format

usage: hawser convert --to FORMAT [OPTION…] FILE

FILE is whatever "hawser inspect" knows. A private key stays one where FORMAT holds private keys, else its public half
is written; of a certificate, an X.509 certificate or a certification request the key is taken.

  --to FORMAT          private and public keys: openssh, pkcs1 (RSA), jwk
                       private keys: pkcs8, sec1 (EC), dsa, ppk3 (or ppk: PuTTY 0.75 and later), ppk2 (older PuTTY)
                       public keys: spki, rfc4716, putty-public, sshfp, raw (the blob in base64)
  --public             write the public half of a private key
  --encoding E         pem (default: text), or der: octets, of pkcs8, pkcs1, sec1, dsa, spki and raw
  --passphrase-file F  passphrase of FILE: the first line of F; without it a terminal is asked
  --new-passphrase-file F
                       encrypt the new private key with the first line of F; without it, it is not encrypted
  --cipher C           cipher of the new file, by its format's name for it: aes256-ctr (openssh), aes-256-cbc (pkcs8);
                       pkcs1, sec1 and dsa, which protect a passphrase badly, are encrypted only by aes-128-cbc
  --rounds N           rounds of its key derivation
  --comment C          comment of the new file, where its format has one (default: the comment of FILE)
  --out F              where the new file goes, with mode 0600 if it is private (default: standard output)
  --force              replace a file that exists
${common}

examples:
  hawser convert --to openssh --out id_rsa putty.ppk
  hawser convert --to ppk --new-passphrase-file secret.txt --out id.ppk ~/.ssh/id_ed25519
  hawser convert --to pkcs8 --encoding der --passphrase-file old.txt --out key.der id_ecdsa
  hawser convert --to openssh --public vm.pem >> authorized_keys
  hawser convert --to spki --out key.pem vm.crt`,

  fingerprint: `hawser fingerprint: print the fingerprint of a key, as ssh-keygen -l does

usage: hawser fingerprint [--hash HASH | --match TEXT] FILE

  --hash HASH          sha256 (default), md5, sha1, sha384 or sha512
  --match TEXT         say which form of the key's fingerprint TEXT is, as a console or a tool shows it, or exit 1:
                       openssh-sha256, openssh-md5, openssh-sha1, openssh-sha384, openssh-sha512, bubblebabble,
                       aws-created, aws-imported, aws-ed25519, alibaba, x509-thumbprint, spki-sha256
  --passphrase-file F  passphrase of an encrypted private key: the first line of F
${common}

FILE is a private key, a public key, or a certificate of SSH or X.509, whose plain key is meant. The fingerprint of
aws-created is one of the private key, the thumbprint one of the X.509 certificate: FILE must then be that.

examples:
  hawser fingerprint ~/.ssh/id_ed25519.pub
  hawser fingerprint --hash md5 key.pub
  hawser fingerprint --match 7d6849d03953aa5584240de7c9d4b8c8 create-key-pair.json
  hawser fingerprint --match 9a:4f:01:c2:77:0e:35:b8:d0:11:5c:e3:f2:6a:88:4b key.pub`,

  cert: `hawser cert: certificates of SSH

usage: hawser cert issue … | hawser cert check …

  cert issue    sign a certificate
  cert check    accept or refuse a certificate, and say why

  hawser cert issue --help and hawser cert check --help tell more.`,

  'cert issue': `hawser cert issue: sign a certificate for a public key

usage: hawser cert issue --ca FILE --id ID (--principal P… | --any-principal) --to T [OPTION…] PUBLIC

  --ca FILE            private key of the authority
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
${common}

${times}

examples:
  hawser cert check --ca ca.pub --principal alice id_ed25519-cert.pub
  hawser cert check --ca ca.pub --principal alice --source-address 10.1.2.3 --at 2026-12-01T09:00 cert.pub
  hawser cert check --json --ca host_ca.pub --host --principal web1.example.com ssh_host_ed25519_key-cert.pub`,
}
