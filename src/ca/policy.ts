/** What an identity may have: the question to a policy and its answer. */

import { AuthorityError } from '../errors.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Identity } from './identity.ts'
import type { Ask } from './statement.ts'

/** The key to certify. */
export interface SubjectFacts {
  readonly publicKey: PublicKey
  /** Everyday name of its type, such as `ed25519` or `rsa`. */
  readonly alias: string
  /** Its size, as `ssh-keygen -l` prints it. */
  readonly bits: number
  /** It lies in a security key. */
  readonly securityKey: boolean
  /** Its type is one that OpenSSH takes by default, for users and for authorities. */
  readonly usual: boolean
  /** A security key says that it was touched for this request. */
  readonly touched: boolean
}

/** What a policy may look at besides who asks for what. */
export interface PolicyFacts {
  /** Unix seconds. */
  readonly time: number
  /** The caller's address in canonical form, where it is known. */
  readonly address: string | undefined
  readonly subject: SubjectFacts
}

/** Which keys may be certified. */
export interface SubjectRules {
  /**
   * Types by name or alias. Where not given: what OpenSSH takes by default (Ed25519, ECDSA, RSA), and no security keys.
   */
  readonly subjectTypes?: readonly string[] | undefined
  /** Least size of RSA keys; 3072, what ssh-keygen makes, where not given, and never below 2048. */
  readonly rsaBits?: number | undefined
  /**
   * Of security keys: touched for this request, and for each login. True where not given; false writes
   * `no-touch-required` into the certificate.
   */
  readonly touchRequired?: boolean | undefined
}

/** Permissions of a session: the extensions that OpenSSH knows. What is not true is not granted. */
export interface Permissions {
  readonly pty?: boolean | undefined
  readonly portForwarding?: boolean | undefined
  readonly agentForwarding?: boolean | undefined
  readonly x11Forwarding?: boolean | undefined
  /** The file ~/.ssh/rc runs. */
  readonly userRc?: boolean | undefined
}

/** What a certificate is to say. */
export interface Grant extends SubjectRules {
  /** `account@group` for users, names of the host for hosts. */
  readonly principals: readonly string[]
  /** Seconds from now on. */
  readonly lifetime: number
  /** Unix seconds at which it ends at the latest. */
  readonly notAfter?: number | undefined
  /** Of users: addresses and networks that it may be used from; `null` for anywhere must be said. */
  readonly sourceAddresses?: readonly string[] | null | undefined
  /** Of users: the one command that may run. */
  readonly forceCommand?: string | undefined
  /** Of users. */
  readonly permissions?: Permissions | undefined
}

/**
 * Decides: a grant, or `AuthorityError` `forbidden`. What it decides about another identity is its own business, so it
 * must not keep anything of the question.
 */
export type Policy = (identity: Identity, ask: Ask, facts: PolicyFacts) => Grant | Promise<Grant>

/** `AuthorityError` `forbidden`. */
export function forbidden(message: string): AuthorityError {
  return new AuthorityError('forbidden', message)
}

const RSA_BITS = 3072
const RSA_BITS_LEAST = 2048

/** Why a key may not be certified under these rules, or nothing. */
export function subjectRefusal(subject: SubjectFacts, rules: SubjectRules): string | undefined {
  const { alias, bits, securityKey, usual, touched, publicKey } = subject
  const { subjectTypes, rsaBits = RSA_BITS, touchRequired = true } = rules
  const allowed = subjectTypes
    ? subjectTypes.includes(alias) || subjectTypes.includes(publicKey.type)
    : usual && !securityKey
  if (!allowed) return `keys of type ${alias} are not certified here`
  const least = Math.max(rsaBits, RSA_BITS_LEAST)
  if (alias === 'rsa' && !(bits >= least))
    return `RSA keys of at least ${least} bits are certified here, this has ${bits}`
  return securityKey && touchRequired && !touched ? 'the security key was not touched' : undefined
}
