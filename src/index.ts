/**
 * The everyday functions, bound to every key type and every format that the library knows.
 *
 * Each has a twin in a subpath that takes `types` and `formats` as arguments and so pulls in only those.
 */

export {
  ALWAYS,
  type CertificateFacts,
  defaultUserExtensions,
  FOREVER,
  formatCertificate,
  type TrustedAuthority,
} from './cert/index.ts'
export type { AbortSignalLike, Progress, WorkOptions } from './crypto/progress.ts'
export {
  FormatError,
  LimitError,
  PassphraseError,
  SignerError,
  SshError,
  UnsupportedError,
  VerificationError,
} from './errors.ts'
export {
  type Certificate,
  type CertificateOption,
  PrivateKey,
  type PublicKey,
  type Revocation,
  type Signature,
  type SignatureFacts,
  type Signer,
} from './keys/index.ts'
export { createKrl, formatKrl, isRevoked, type Krl, type RevokedReason } from './krl/index.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { checkCertificate, issueCertificate, parseCertificate } from './root/certificates.ts'
export { fingerprint, matchFingerprint, randomart } from './root/fingerprints.ts'
export { type Identified, identify } from './root/identify.ts'
export {
  encodePrivateKey,
  encodePublicKey,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  type Input,
  type KeyAlias,
  parsePrivateKey,
  parsePublicKey,
} from './root/keys.ts'
export { verifyMessage } from './root/messages.ts'
export type { HashName, ParseOptions } from './root/options.ts'
export { parseKrl, type Revoked } from './root/revocation.ts'
export { sign, verify } from './root/signatures.ts'
export { checkHost, checkLogin } from './root/trust.ts'
export { type AllowedSigners, parseAllowedSigners, type SignerFacts, signMessage } from './sshsig/index.ts'
export {
  type AuthorizedKeys,
  authoritiesFrom,
  findHost,
  formatAuthorizedKeys,
  formatKnownHosts,
  type HostVerdict,
  type KnownHosts,
  type LoginFacts,
  type LoginOptions,
  parseAuthorizedKeys,
  parseKnownHosts,
} from './text/index.ts'
