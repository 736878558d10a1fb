/** Keys: public, private, their types, signatures and signers. The types wanted are handed in as values. */
export type { AbortSignalLike, Progress, WorkOptions } from '../crypto/progress.ts'
export type { Certificate, CertificateOption, Revocation } from './certificate.ts'
export type { Components, Field } from './fields.ts'
export {
  findType,
  type GenerateOptions,
  isCertificateName,
  type KeyType,
  needType,
  type SignatureValueFacts,
  type SignFunction,
  type VerifyFunction,
} from './key-type.ts'
export { generatePrivateKey, PrivateKey } from './private-key.ts'
export {
  decodePublicKey,
  type KeyOptions,
  opaquePublicKey,
  type PublicKey,
  parsePublicLine,
  publicComponents,
  publicKeyOf,
} from './public-key.ts'
export { decodeSignature, type Signature, signatureOf } from './signature.ts'
export type { Signer, SignOptions } from './signer.ts'
export { allTypes } from './types/all.ts'
export * from './types/index.ts'
export { prepareVerifier, type SignatureFacts, type Verifier, type VerifyOptions, verifySignature } from './verify.ts'
