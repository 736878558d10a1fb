/** OpenSSH certificates: read, issue, check. */
export type { Certificate, CertificateOption, Revocation } from '../keys/certificate.ts'
export {
  type CertificateFacts,
  type CertificatePolicy,
  checkCertificate,
  type TrustedAuthority,
  verifyCertificateSignature,
} from './check.ts'
export { decodeCertificate } from './decode.ts'
export { type CertificateRequest, type IssueOptions, issueCertificate } from './issue.ts'
export { defaultUserExtensions, type OptionFacts, type OptionValue, optionText, readOptionFacts } from './options.ts'
export { addressInList } from './source-address.ts'
export { formatCertificate, parseCertificate } from './text.ts'
export { ALWAYS, FOREVER, type Time } from './time.ts'
