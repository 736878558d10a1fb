/** Fingerprints, randomart and bubblebabble; which form a fingerprint that someone shows has. */
export { bubblebabble } from './bubblebabble.ts'
export { type Fingerprintable, type FingerprintOptions, fingerprint, fingerprintBytes } from './fingerprint.ts'
export {
  type FingerprintForm,
  type FingerprintMatch,
  type FingerprintMaterial,
  type Lazy,
  matchFingerprint,
} from './match.ts'
export { randomart } from './randomart.ts'
