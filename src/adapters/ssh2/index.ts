/**
 * Logins by ssh2 (npm) with whatever signs here: its `BaseAgent` over signers, a keyring, or another agent. ssh2 is
 * handed in, not imported; its part in use is that of 1.17, lib/agent.js and lib/client.js.
 *
 * Certificates are left out, because ssh2 cannot log in with one, whatever its agent says. Of a login it writes one name
 * in two places (lib/protocol/Protocol.js `authPK`, `keyAlgo`): the algorithm of the request, which for a certificate is
 * its type, and that of the signature, which sshd wants to be the plain one (RFC 4252 section 7, draft-miller-ssh-cert
 * section 2.1.3; ssh-ed25519.c `ssh_ed25519_verify`). No agent comes between the two: it is asked for the value of the
 * signature alone. Nor does lib/protocol/keyParser.js `OpenSSH_Public.parse` read one: it takes the nonce for the key.
 */

import type { Agent, AgentClient } from '../../agent-protocol/index.ts'
import { AgentError, signFlags } from '../../agent-protocol/index.ts'
import { equalBytes } from '../../crypto/constant-time.ts'
import { SignerError, UnsupportedError } from '../../errors.ts'
import { decodeSignature, type Signature, type Signer } from '../../keys/index.ts'
import { looksLikeCertificate } from '../../keys/key-type.ts'
import { encodeBase64 } from '../../wire/base64.ts'
import { blobType } from '../../wire/public-line.ts'
import { Reader } from '../../wire/reader.ts'

/** The part of ssh2's module that is needed. */
export interface Ssh2<Base extends abstract new () => object = abstract new () => object> {
  readonly BaseAgent: Base
}

/** Who signs: signers, the first tried first; a keyring or any other agent; a client of one. */
export type Ssh2Source = Signer | readonly Signer[] | Agent | Pick<AgentClient, 'list' | 'sign'>

/** How to log in. */
export interface Ssh2AgentOptions {
  /** Sign with SHA-1 where the server says that it takes nothing better of RSA keys. */
  readonly allowSha1?: boolean | undefined
}

type Callback<T> = (error: Error | null, result?: T) => void
type PublicKey = { getPublicSSH(): Uint8Array }

/** What all sources come down to. */
interface Keys {
  /** Blobs. */
  list(): Promise<readonly Uint8Array[]>
  sign(blob: Uint8Array, data: Uint8Array, algorithm: string): Promise<Signature>
}

function keysOfSigners(signers: readonly Signer[]): Keys {
  return {
    list: async () => signers.map(({ publicKey }) => publicKey.blob),
    async sign(blob, data, algorithm) {
      const signer = signers.find(({ publicKey }) => equalBytes(publicKey.blob, blob))
      if (!signer) throw new SignerError('signer-failed', 'no signer for this key')
      return signer.sign(data, { algorithm })
    },
  }
}

/** Asks an agent as a client on this machine would, bound to no session. */
function keysOfAgent(agent: Agent): Keys {
  const connection = { closed: new Promise<void>(() => {}) }
  return {
    async list() {
      const answer = await agent.respond({ kind: 'list' }, connection)
      if (answer.kind !== 'identities') throw new AgentError('agent-refused', 'the agent refused')
      return answer.identities.map(({ key }) => key)
    },
    async sign(key, data, algorithm) {
      const { sha256, sha512 } = signFlags
      const flags = algorithm === 'rsa-sha2-512' ? sha512 : algorithm === 'rsa-sha2-256' ? sha256 : 0
      const answer = await agent.respond({ kind: 'sign', key, data, flags }, connection)
      if (answer.kind !== 'signature') throw new AgentError('agent-refused', 'the agent refused')
      return decodeSignature(answer.signature)
    },
  }
}

function keysOf(source: Ssh2Source): Keys {
  if ('respond' in source) return keysOfAgent(source)
  if ('list' in source) {
    return {
      list: async () => (await source.list()).map(({ key }) => key),
      sign: (blob, data, algorithm) => source.sign(blob, data, { algorithm }),
    }
  }
  return keysOfSigners('sign' in source ? [source] : source)
}

/** The name that ssh2 will write in front of the signature, by the hash that it asks for; only RSA keys have one. */
function algorithmOf(blob: Uint8Array, hash: unknown, allowSha1: boolean): string {
  if (hash === 'sha256' || hash === 'sha512') return `rsa-sha2-${hash.slice(3)}`
  if (hash === undefined || allowSha1) return blobType(blob)
  throw new UnsupportedError('unsupported-algorithm', 'the server takes no RSA signatures but those with SHA-1')
}

/** The value of a signature, which ssh2 writes behind the name. */
function signatureValue({ algorithm, blob }: Signature, asked: string): Uint8Array {
  if (algorithm !== asked) throw new SignerError('signer-failed', `${asked} asked for, ${algorithm} made`)
  const reader = new Reader(blob)
  reader.skipString('signature algorithm')
  const value = reader.string('signature')
  reader.end('signature')
  return new Uint8Array(value)
}

/**
 * An agent for `agent` of ssh2's `connect`, and for its authentication handlers. It offers the plain keys of `source`
 * that ssh2 knows: Ed25519, ECDSA and RSA. ssh2 is told of failures by its callbacks, with the errors of the source,
 * `UnsupportedError` `unsupported-algorithm`, `SignerError` `signer-failed`, `AgentError` `agent-refused`.
 *
 * @example
 * ```ts
 * import { generateKey } from 'hawser'
 * import { ssh2Agent } from 'hawser/ssh2'
 *
 * // import ssh2 from 'ssh2'
 * const ssh2 = { BaseAgent: class {} }
 * const agent = ssh2Agent(ssh2, await generateKey())
 * console.log(agent instanceof ssh2.BaseAgent) // true
 * // new ssh2.Client().connect({ host: 'example.com', username: 'alice', agent })
 * ```
 */
export function ssh2Agent<Base extends abstract new () => object>(
  ssh2: Ssh2<Base>,
  source: Ssh2Source,
  options: Ssh2AgentOptions = {},
): InstanceType<Base> {
  const { allowSha1 = false } = options
  const keys = keysOf(source)
  /** Calls back after the promise is done with: what the callback throws is ssh2's own, not ours to answer. */
  function answer<T>(work: Promise<T>, callback: Callback<T>): void {
    work.then(
      (result) => defer(() => callback(null, result)),
      (error: Error) => defer(() => callback(error)),
    )
  }
  const Abstract = ssh2.BaseAgent as unknown as new () => object
  class HawserAgent extends Abstract {
    /** Public keys as lines, which ssh2 reads; what it cannot read it leaves out. */
    getIdentities(callback: Callback<string[]>): void {
      const lines = async (): Promise<string[]> =>
        (await keys.list())
          .filter((blob) => !looksLikeCertificate(blobType(blob)))
          .map((blob) => `${blobType(blob)} ${encodeBase64(blob)}`)
      answer(lines(), callback)
    }

    sign(key: PublicKey, data: Uint8Array, how: unknown, done?: Callback<Uint8Array>): void {
      const callback = (typeof how === 'function' ? how : done) as Callback<Uint8Array>
      const sign = async (): Promise<Uint8Array> => {
        const blob = new Uint8Array(key.getPublicSSH())
        const { hash } = Object(how) as { readonly hash?: unknown }
        const algorithm = algorithmOf(blob, hash, allowSha1)
        return signatureValue(await keys.sign(blob, new Uint8Array(data), algorithm), algorithm)
      }
      answer(sign(), callback)
    }
  }
  return new HawserAgent() as InstanceType<Base>
}

declare const setTimeout: (callback: () => void, ms: number) => unknown

function defer(work: () => void): void {
  setTimeout(work, 0)
}
