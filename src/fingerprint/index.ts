/** Fingerprints and randomart. */
export { type Fingerprintable, type FingerprintOptions, fingerprint, fingerprintBytes } from './fingerprint.ts'
export { randomart } from './randomart.ts'
