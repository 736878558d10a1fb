/** What `--help` says. Each text teaches one command: its purpose, how it is called, its options, examples. */

import { certHelp } from './cert.ts'
import { keysHelp } from './keys.ts'

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
  ...keysHelp,
  ...certHelp,
}
