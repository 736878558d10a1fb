/**
 * The everyday functions, bound to every key type and every format that the library knows.
 *
 * Each has a twin in a subpath that takes `types` and `formats` as arguments and so pulls in only those.
 */

export { ALWAYS, type CertificateFacts, defaultUserExtensions, FOREVER, formatCertificate } from './cert/index.ts'
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
export type { HashName, ParseOptions } from './root/options.ts'
export { sign, verify } from './root/signatures.ts'
