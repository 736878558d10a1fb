/** Key revocation lists: read, make, write, merge, sign, ask. */
export { type CertificatesToRevoke, createKrl, type KrlSpec, mergeKrls } from './create.ts'
export { formatKrl } from './format.ts'
export { keyListRevocation, revocationFrom } from './key-list.ts'
export type { Krl, KrlExtension, KrlSignature, RevokedCertificates } from './krl.ts'
export { isKrl, parseKrl } from './parse.ts'
export { isRevoked, krlRevocation, type RevokedReason } from './query.ts'
export { hasSerial, type SerialRanges } from './serials.ts'
export { parseSignedKrl, type SignedKrlOptions, signKrl } from './signature.ts'
