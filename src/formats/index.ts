/** Containers of keys: reading and writing them, by the descriptors that the caller hands in. */
export { allPrivateFormats, allPublicFormats } from './all.ts'
export * from './containers.ts'
export {
  type ExportCryptoKeyOptions,
  exportCryptoKey,
  exportPublicCryptoKey,
  type ImportCryptoKeyOptions,
  importCryptoKey,
  importPublicCryptoKey,
} from './crypto-key.ts'
export type * from './format.ts'
export { formatPlainOpenssh } from './openssh-plain.ts'
export {
  encodePrivateKey,
  encodePublicKey,
  formatPrivateKey,
  formatPublicKey,
  inspectPrivateKey,
  parsePrivateKey,
  parsePublicKey,
} from './parse.ts'
export { type Ppk3Options, ppk3With } from './ppk.ts'
export { type Input, type JwkObject, Source } from './source.ts'
export { formatSshfp, matchSshfp, parseSshfp, type SshfpMatch, type SshfpRecord } from './sshfp.ts'
export { type RequestFacts, readCertificateRequest, readX509, type X509Facts } from './x509.ts'
