/** Primitives without an SSH name: hashes, signatures, ciphers, key derivation, random octets. */

export { bcryptPbkdf } from './bcrypt-pbkdf.ts'
export { equalBytes } from './constant-time.ts'
export { type Hash, md5, sha1, sha256, sha384, sha512 } from './hash.ts'
export { type AbortSignalLike, type Progress, throwIfAborted, type WorkOptions } from './progress.ts'
export { type Random, randomBytes } from './random.ts'
