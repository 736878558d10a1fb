/** `hawser cert check`: whether a certificate is accepted, and why not. */

import { parseAddress } from '../cert/source-address.ts'
import { VerificationError } from '../errors.ts'
import { type CertificateFacts, checkCertificate, type PublicKey, parseCertificate } from '../index.ts'
import { onlyOne, readArguments, UsageError } from './arguments.ts'
import { beforeText, formatBlock, type Row } from './block.ts'
import { describeAuthority } from './describe.ts'
import { checkStdin, readInput } from './files.ts'
import { readPublicLines } from './key-files.ts'
import { about, errorFacts, print, printJson, shown } from './output.ts'
import { readRevocation } from './revocation-files.ts'
import { currentTime, parseTime } from './time.ts'

function acceptedWords(facts: CertificateFacts): object {
  const { kind, principal, serial, keyId, validBefore, forceCommand, sourceAddresses, permissions } = facts
  const { verifyRequired, signatureAlgorithm } = facts
  const authority = describeAuthority(facts.authority)
  return {
    accepted: true,
    kind,
    principal,
    serial,
    keyId,
    validBefore,
    forceCommand,
    sourceAddresses,
    permissions,
    verifyRequired,
    authority,
    signatureAlgorithm,
  }
}

function acceptedRows(facts: CertificateFacts, time: bigint): Row[] {
  const authority = describeAuthority(facts.authority)
  const rows: Row[] = [
    ['key id', `"${shown(facts.keyId)}"`],
    ['serial', `${facts.serial}`],
    ['principal', facts.principal === null ? 'none asked for' : shown(facts.principal)],
    ['valid before', beforeText(facts.validBefore, time)],
    ['authority', `${authority.sha256} (${shown(authority.type)}, signed with ${shown(facts.signatureAlgorithm)})`],
  ]
  if (facts.forceCommand !== null) rows.push(['command', shown(facts.forceCommand)])
  if (facts.sourceAddresses !== null) rows.push(['addresses', ...facts.sourceAddresses.map(shown)])
  if (facts.verifyRequired) rows.push(['needs', 'a security key that verified its user'])
  if (facts.permissions.length > 0) rows.push(['permissions', ...facts.permissions])
  return rows
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    ca: { type: 'string', multiple: true },
    principal: { type: 'string' },
    host: { type: 'boolean' },
    at: { type: 'string' },
    'source-address': { type: 'string' },
    krl: { type: 'string' },
  })
  const { ca = [], principal = null, json = false, 'source-address': sourceAddress } = values
  const file = onlyOne(positionals, 'CERT')
  if (ca.length === 0) throw new UsageError('--ca is missing')
  checkStdin([...ca, file, values.krl])
  if (sourceAddress !== undefined && !parseAddress(sourceAddress)) {
    throw new UsageError('--source-address: an IPv4 or IPv6 address expected')
  }
  const now = currentTime()
  const time = values.at === undefined ? now : parseTime(values.at, 'at', now)
  const kind = values.host ? 'host' : 'user'
  try {
    const authorities: PublicKey[] = []
    for (const name of ca) authorities.push(...(await readPublicLines(name)))
    const bytes = await readInput(file)
    const certificate = await about(file, () => parseCertificate(bytes))
    const revocation = await readRevocation(values.krl)
    const facts = await checkCertificate(certificate, { kind, authorities, time, principal, sourceAddress, revocation })
    if (json) printJson(acceptedWords(facts))
    else print(formatBlock(`${shown(file)}: accepted ${kind} certificate`, acceptedRows(facts, time)))
    return 0
  } catch (error) {
    if (json) printJson({ accepted: false, ...errorFacts(error) })
    else if (error instanceof VerificationError) print(`refused (${error.code}): ${error.message}`)
    else throw error
    return 1
  }
}
