/**
 * Who could have signed, and whom an identity stands for (openssh-portable sshsig.c `sshsig_find_principals`,
 * `cert_filter_principals`, `sshsig_match_principals`). No signature over a message is verified here.
 */

import { verifyCertificateSignature } from '../cert/check.ts'
import { type Time, unixSeconds } from '../cert/time.ts'
import { needType } from '../keys/key-type.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { matchPattern, matchPatternList } from '../wire/pattern.ts'
import { judgeSigner, needSigner, octetText, signerLines, textOfOctets } from './allowed-signers.ts'
import { type Question, readSshsig, refusalOf, type SshsigInput, signerReader } from './verify.ts'

/** The file of allowed signers. */
export interface AllowedSignersOptions extends KeyOptions {
  readonly allowedSigners: string | Uint8Array
}

/** Up to the first empty one, as ssh-keygen prints and compares them. */
function listed(principals: string): string[] {
  const all = principals.split(',')
  const end = all.indexOf('')
  return end < 0 ? all : all.slice(0, end)
}

/**
 * The principals of the first line that lets the key of an SSHSIG sign at `time`, as `ssh-keygen -Y find-principals`
 * prints them: of a plain key the line's patterns, of a certificate its names that they match; none where there is no
 * such line. They are candidates: `verifyMessage` decides. Throws `VerificationError` (`bad-signature`,
 * `algorithm-not-allowed`) for a certificate whose own signature does not hold, `TypeError`, and as `parseSshsig`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { findPrincipals, formatAllowedSigners, signMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const allowedSigners = formatAllowedSigners([{ principals: 'a,b', certAuthority: false, key: key.publicKey }])
 * const signature = await signMessage(new Uint8Array(5), key, { namespace: 'file' })
 * console.log(await findPrincipals(signature, { allowedSigners, time: new Date(), types: [ed25519] })) // [ 'a', 'b' ]
 * ```
 */
export async function findPrincipals(
  signature: SshsigInput,
  options: AllowedSignersOptions & { readonly time: Time },
): Promise<string[]> {
  const now = unixSeconds(options.time)
  const { publicKey, certificate } = readSshsig(signature, options)
  needType(options.types, publicKey.type)
  if (certificate) await verifyCertificateSignature(certificate, { types: options.types, limits: options.limits })
  const asked: Question = { publicKey, certificate, now }
  const names = certificate?.principals.filter((name) => name !== '').map(octetText) ?? []
  const read = signerReader(asked)
  for (const line of signerLines(options.allowedSigners, options.limits)) {
    const signer = read(line)
    if (!signer || refusalOf(signer, asked) !== undefined) continue
    const patterns = listed(line.principals ?? '')
    if (!signer.certAuthority) return patterns.map(textOfOctets)
    // Each is a pattern of its own here; `!` in front is part of it.
    const found = patterns.flatMap((pattern) => names.filter((name) => matchPattern(name, pattern)))
    if (found.length > 0) return found.map(textOfOctets)
  }
  return []
}

/**
 * The principals of each line whose patterns match `identity`, as `ssh-keygen -Y match-principals` prints them: keys,
 * times and namespaces do not count. Throws `LimitError`, and what a matching line that is none deserves: `FormatError`
 * (`bad-value`, `bad-base64`, …), `UnsupportedError` `unsupported-type`.
 *
 * @example
 * ```ts
 * import { ed25519 } from 'hawser/keys'
 * import { matchPrincipals } from 'hawser/sshsig'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const allowedSigners = `*@example.com,!eve@example.com ${key}\n`
 * console.log(matchPrincipals('eve@example.com', { allowedSigners, types: [ed25519] })) // []
 * ```
 */
export function matchPrincipals(identity: string, options: AllowedSignersOptions): string[] {
  const octets = octetText(identity)
  const found: string[] = []
  for (const line of signerLines(options.allowedSigners, options.limits)) {
    const { principals } = line
    // Without principals it is no line, whoever is asked for.
    const other = identity === '' || matchPatternList(octets, principals ?? '') !== 'match'
    if (principals !== undefined && other) continue
    const key = judgeSigner(needSigner(line), options)
    needType(options.types, 'publicKey' in key ? key.publicKey.type : key.type)
    found.push(textOfOctets(principals!))
  }
  return found
}
