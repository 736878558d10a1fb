/** Signers whose private key is elsewhere: in a CryptoKey that gives out no bytes, or behind a function of the caller. */
export type { WebCryptoKey } from '../crypto/webcrypto.ts'
export type { HashName } from '../formats/crypto-algorithm.ts'
export type { SignatureForm } from '../formats/signature-value.ts'
export { type CryptoKeySignerOptions, cryptoKeySigner } from './crypto-key.ts'
export { digestSigner, messageSigner, type RemoteSignerOptions, type RemoteSignRequest } from './kms.ts'
