/**
 * Signers whose private key is elsewhere: in a CryptoKey that gives out no bytes, in a key management service, or behind
 * a function of the caller.
 */
export type { WebCryptoKey } from '../crypto/webcrypto.ts'
export type { HashName } from '../formats/crypto-algorithm.ts'
export type { SignatureForm } from '../formats/signature-value.ts'
// The services, each a file and a line.
export { type AwsKmsOptions, awsKms } from './aws-kms.ts'
export { type AzureKeyVaultOptions, azureKeyVault } from './azure-key-vault.ts'
export { type CryptoKeySignerOptions, cryptoKeySigner } from './crypto-key.ts'
export type { Fetch, FetchInit, FetchResponse, KmsAnswer, KmsRequest } from './exchange.ts'
export { type GoogleKmsOptions, googleKms } from './google-kms.ts'
export { type KmsSignerOptions, kmsSigner } from './kms.ts'
export { KmsError, type KmsErrorCode, type KmsErrorFacts } from './kms-error.ts'
export type { KmsKey, KmsService, KmsSigning } from './kms-service.ts'
export { digestSigner, messageSigner, type RemoteSignerOptions, type RemoteSignRequest } from './remote.ts'
