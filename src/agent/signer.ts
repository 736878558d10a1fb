/** An identity in an agent as a signer of certificates, SSHSIG, logins. */

import type { AgentClient } from '../agent-protocol/client.ts'
import type { AgentIdentity } from '../agent-protocol/messages.ts'
import { decodeCertificate } from '../cert/decode.ts'
import { SignerError, SshError } from '../errors.ts'
import { copyOf } from '../keys/fields.ts'
import { isCertificateName, needType } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions } from '../keys/public-key.ts'
import { decodeSignature } from '../keys/signature.ts'
import { chosenAlgorithm, type Signer } from '../keys/signer.ts'
import { prepareVerifier } from '../keys/verify.ts'
import { blobType } from '../wire/public-line.ts'

/** How to use an identity. */
export interface AgentSignerOptions extends KeyOptions {
  /** Algorithms that it may make, the preferred one first; those of the key's type where not given. */
  readonly algorithms?: readonly string[] | undefined
  /** Verify each signature with the public key. True where it is not given; its algorithm is compared always. */
  readonly verify?: boolean | undefined
}

/**
 * A signer by a key or certificate that an agent lists. `sign` throws `UnsupportedError` `unsupported-algorithm`,
 * `SignerError` `signer-failed` where the signature is not what was asked for or does not hold, and what the client
 * throws. Throws `UnsupportedError` `unsupported-type`, `FormatError` (`truncated`, `bad-value`, …), `LimitError`.
 *
 * @example
 * ```ts
 * import { agentSigner, createKeyring } from 'hawser/agent'
 * import { connectAgent, encodeAdd, serveAgent } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const types = [ed25519]
 * const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 * const served = serveAgent({ readable: there.readable, writable: back.writable }, createKeyring({ types }))
 * const agent = connectAgent({ readable: back.readable, writable: there.writable })
 * await agent.add(encodeAdd(await generatePrivateKey(ed25519)))
 *
 * const [identity] = await agent.list()
 * const signer = agentSigner(agent, identity!, { types })
 * console.log((await signer.sign(new Uint8Array(3))).algorithm) // ssh-ed25519
 * await agent.close()
 * await served
 * ```
 */
export function agentSigner(
  client: Pick<AgentClient, 'sign'>,
  identity: Pick<AgentIdentity, 'key'> & Partial<AgentIdentity>,
  options: AgentSignerOptions,
): Signer {
  const { types, limits, verify = true } = options
  const blob = copyOf(identity.key)
  const given = { types, limits, comment: identity.comment }
  const certificate = isCertificateName(types, blobType(blob)) ? decodeCertificate(blob, given) : undefined
  const publicKey = certificate?.publicKey ?? decodePublicKey(blob, given)
  const algorithms = [...(options.algorithms ?? needType(types, publicKey.type).algorithms)]
  const verifier = prepareVerifier(publicKey, { types, limits, algorithms, touchRequired: false })
  return {
    publicKey,
    algorithms,
    ...(certificate && { certificate }),
    async sign(data, { algorithm: asked, signal } = {}) {
      const algorithm = chosenAlgorithm(algorithms, asked)
      const message = copyOf(data)
      const { blob: made } = await client.sign(blob, message, { algorithm, signal })
      try {
        const signature = decodeSignature(made, limits)
        // An agent that does not know the flags signs with SHA-1 (trap of sshkey.c `sshkey_certify_custom`).
        if (signature.algorithm !== algorithm) throw new SignerError('signer-failed', `it made ${signature.algorithm}`)
        if (verify) await verifier.verify(signature, message)
        return signature
      } catch (cause) {
        if (!(cause instanceof SshError)) throw cause
        throw new SignerError('signer-failed', `the agent made no signature with ${algorithm} by this key`, { cause })
      }
    },
  }
}
