/**
 * The messages of the agent protocol (RFC 9987 section 5; openssh-portable PROTOCOL.agent, authfd.h) as two unions.
 *
 * What only some agents can read stays octets here: the key of an add, the contents of an extension. So a message
 * passes through a filter or a proxy as it came, whatever it holds; `decodeAdd`, `decodeSessionBind` and their like look
 * inside.
 */

import type { Constraint } from './constraint.ts'

/**
 * Octets behind what the request's form asks for. `ssh-agent` never looks at them (ssh-agent.c, `sshbuf_reset` after
 * each request), so they are no error here; they are kept, and encoded again.
 */
interface Request {
  readonly trailing?: Uint8Array | undefined
}

/** `SSH_AGENTC_REQUEST_IDENTITIES` (11): which keys are there? */
export interface ListRequest extends Request {
  readonly kind: 'list'
}

/** `SSH_AGENTC_SIGN_REQUEST` (13). */
export interface SignRequest extends Request {
  readonly kind: 'sign'
  /** Blob of the public key or certificate. */
  readonly key: Uint8Array
  /** What is to be signed: the message, not its hash. */
  readonly data: Uint8Array
  /** Bits of {@link signFlags}. */
  readonly flags: number
}

/** `SSH_AGENTC_ADD_IDENTITY` (17), `SSH_AGENTC_ADD_ID_CONSTRAINED` (25). */
export interface AddRequest {
  readonly kind: 'add'
  /** True for 25. Agents look for constraints in either (ssh-agent.c `process_add_identity`). */
  readonly constrained: boolean
  /**
   * Type name, private key, comment, constraints: only who knows the type can tell where one ends. Secret. `encodeAdd`
   * writes them, `decodeAdd` reads them.
   */
  readonly contents: Uint8Array
}

/** `SSH_AGENTC_REMOVE_IDENTITY` (18). */
export interface RemoveRequest extends Request {
  readonly kind: 'remove'
  /** Blob of the public key or certificate. */
  readonly key: Uint8Array
}

/** `SSH_AGENTC_REMOVE_ALL_IDENTITIES` (19), or the one of protocol 1 (9), which `ssh-add -D` sends behind it. */
export interface RemoveAllRequest extends Request {
  readonly kind: 'remove-all'
  /** True for 9. */
  readonly legacy?: true | undefined
}

/** `SSH_AGENTC_ADD_SMARTCARD_KEY` (20), `SSH_AGENTC_ADD_SMARTCARD_KEY_CONSTRAINED` (26): the keys of a token. */
export interface AddTokenRequest {
  readonly kind: 'add-token'
  /** True for 26. Agents look for constraints in either. */
  readonly constrained: boolean
  /** What names the token: to OpenSSH, the path of a PKCS#11 library. Lossless text. */
  readonly token: string
  /** Secret. */
  readonly pin: Uint8Array
  readonly constraints: readonly Constraint[]
}

/** `SSH_AGENTC_REMOVE_SMARTCARD_KEY` (21). */
export interface RemoveTokenRequest extends Request {
  readonly kind: 'remove-token'
  readonly token: string
  /** Secret. */
  readonly pin: Uint8Array
}

/** `SSH_AGENTC_LOCK` (22), `SSH_AGENTC_UNLOCK` (23). */
export interface LockRequest extends Request {
  readonly kind: 'lock' | 'unlock'
  /** Secret. */
  readonly passphrase: Uint8Array
}

/** `SSH_AGENTC_EXTENSION` (27). */
export interface ExtensionRequest {
  readonly kind: 'extension'
  /** Such as `query` or `session-bind@openssh.com`. Lossless text. */
  readonly name: string
  /** What follows the name, as it is: no length stands before it. */
  readonly contents: Uint8Array
}

/** Any other message, those of protocol 1 among them. */
export interface UnknownMessage {
  readonly kind: 'unknown'
  /** Message number. */
  readonly type: number
  readonly contents: Uint8Array
}

/** What a client asks of an agent. */
export type AgentRequest =
  | ListRequest
  | SignRequest
  | AddRequest
  | RemoveRequest
  | RemoveAllRequest
  | AddTokenRequest
  | RemoveTokenRequest
  | LockRequest
  | ExtensionRequest
  | UnknownMessage

/** A key that an agent has. */
export interface AgentIdentity {
  /** Blob of the public key or certificate, of whatever type; nothing of it is judged. */
  readonly key: Uint8Array
  /** Lossless text. */
  readonly comment: string
}

/** What an agent answers. */
export type AgentResponse =
  /** `SSH_AGENT_SUCCESS` (6). Older agents answer extensions with it, and contents behind it. */
  | { readonly kind: 'success'; readonly contents?: Uint8Array | undefined }
  /** `SSH_AGENT_FAILURE` (5), or an older number for the same (authfd.c `agent_failed`). */
  | { readonly kind: 'failure'; readonly legacy?: 30 | 102 | undefined }
  /** `SSH_AGENT_EXTENSION_FAILURE` (28): the extension is known, but what it was asked for failed. */
  | { readonly kind: 'extension-failure' }
  /** `SSH_AGENT_IDENTITIES_ANSWER` (12). */
  | { readonly kind: 'identities'; readonly identities: readonly AgentIdentity[] }
  /** `SSH_AGENT_SIGN_RESPONSE` (14): a signature blob, algorithm name first. */
  | { readonly kind: 'signature'; readonly signature: Uint8Array }
  /** `SSH_AGENT_EXTENSION_RESPONSE` (29): the request's name, and contents as they are. */
  | { readonly kind: 'extension'; readonly name: string; readonly contents: Uint8Array }
  | UnknownMessage

/** Which hash an RSA key is to sign with (RFC 9987 section 5.6.1); 0 is SHA-1. An agent that sees both takes SHA-256. */
export const signFlags: { readonly sha256: 2; readonly sha512: 4 } = { sha256: 2, sha512: 4 }
