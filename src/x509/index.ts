/** Making X.509: self-signed certificates and certification requests, from any signer. `hawser/formats` reads them. */
export type { NameEntry } from '../formats/distinguished-name.ts'
export {
  createCertificateRequest,
  createSelfSignedCertificate,
  type EncodedCertificate,
  type EncodedStructure,
  type SelfSignedOptions,
  type SubjectOptions,
} from './certificate.ts'
export type { CertificateExtension } from './parts.ts'
