/** `hawser sig verify`, `hawser sig check`: whether a signature over a file holds, and whether its key may sign. */

import { sha256 } from '../crypto/index.ts'
import { VerificationError } from '../errors.ts'
import { fingerprint } from '../fingerprint/index.ts'
import { allTypes } from '../keys/index.ts'
import { defaultLimits } from '../limits.ts'
import {
  checkMessageSignature,
  type MessageFacts,
  parseSshsig,
  type SignatureCheck,
  type Sshsig,
  verifyMessage,
} from '../sshsig/index.ts'
import { needed, onlyOne, readArguments, UsageError } from './arguments.ts'
import { formatBlock } from './block.ts'
import { checkStdin, readInput } from './files.ts'
import { about, asked, errorFacts, print, printJson, shown } from './output.ts'
import { readRevocation } from './revocation-files.ts'
import { messageOf } from './sig-message.ts'
import { currentTime, parseTime } from './time.ts'

/** The signature of a file. */
export async function readSignature(file: string): Promise<Sshsig> {
  const bytes = await readInput(file)
  return about(file, () => parseSshsig(bytes, { types: allTypes }))
}

/** The file of allowed signers. */
export function readSigners(file: string): Promise<Uint8Array> {
  return readInput(file, defaultLimits.textFileLength)
}

const options = {
  json: { type: 'boolean' },
  namespace: { type: 'string' },
  signature: { type: 'string' },
} as const

type Facts = MessageFacts & { readonly principal?: string }

function words({ principal, namespace, hash, algorithm, publicKey, certificate }: Facts) {
  return {
    accepted: true,
    principal: principal ?? null,
    namespace,
    hash,
    signatureAlgorithm: algorithm,
    type: (certificate ?? publicKey).type,
    sha256: fingerprint(publicKey, { hash: sha256 }),
  }
}

/** Prints the verdict of `judge`; gives the exit code. */
async function tellVerdict(json: boolean, file: string, judge: () => Promise<Facts>): Promise<number> {
  try {
    const facts = words(await asked(judge))
    if (json) printJson(facts)
    else {
      print(
        formatBlock(`${shown(file)}: good signature`, [
          ...(facts.principal === null ? [] : ([['principal', shown(facts.principal)]] as const)),
          ['namespace', shown(facts.namespace)],
          ['key', `${facts.sha256} (${shown(facts.type)}, signed with ${shown(facts.signatureAlgorithm)})`],
        ]),
      )
    }
    return 0
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (json) printJson({ accepted: false, ...errorFacts(error) })
    else if (error instanceof VerificationError) print(`refused (${error.code}): ${error.message}`)
    else throw error
    return 1
  }
}

/** Runs `hawser sig verify`; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...options,
    signers: { type: 'string' },
    identity: { type: 'string' },
    krl: { type: 'string' },
    at: { type: 'string' },
  })
  const file = onlyOne(positionals, 'FILE')
  const signers = needed(values.signers, 'signers')
  const identity = needed(values.identity, 'identity')
  const namespace = needed(values.namespace, 'namespace')
  const signatureFile = needed(values.signature, 'signature')
  checkStdin([file, signers, signatureFile, values.krl])
  const now = currentTime()
  const time = values.at === undefined ? now : parseTime(values.at, 'at', now)
  return tellVerdict(values.json === true, file, async () => {
    const signature = await readSignature(signatureFile)
    const allowedSigners = await readSigners(signers)
    const revocation = await readRevocation(values.krl)
    const policy = { allowedSigners, identity, namespace, time, revocation, types: allTypes }
    return verifyMessage(messageOf(file), signature, policy)
  })
}

/** Runs `hawser sig check`; resolves to the exit code. */
export async function runCheck(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options)
  const file = onlyOne(positionals, 'FILE')
  const check: SignatureCheck = { namespace: needed(values.namespace, 'namespace'), types: allTypes }
  const signatureFile = needed(values.signature, 'signature')
  checkStdin([file, signatureFile])
  return tellVerdict(values.json === true, file, async () =>
    checkMessageSignature(messageOf(file), await readSignature(signatureFile), check),
  )
}
