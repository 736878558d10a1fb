/** What `--help` says of the commands for keys and whatever else a file is. */

import { common } from './shared.ts'

/** The texts by command. */
export const keysHelp: Readonly<Record<string, string>> = {
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
format, also inside the JSON answer of a cloud; or a revocation list, a signature, an authorized_keys, known_hosts or
allowed_signers file.

  --as ARTIFACT        what FILE is, where its looks are not to decide: private-key, public-key, certificate,
                       x509-certificate, krl, sshsig, authorized-keys, known-hosts or allowed-signers
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
}
