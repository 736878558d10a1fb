/**
 * Ceilings on everything that a file or a peer decides. Each cites where its figure comes from.
 * Every decoder takes `limits` and merges it over {@link defaultLimits}; a caller may lower or raise any of them.
 */

/** Ceilings on lengths (octets unless said), counts and costs. */
export interface Limits {
  /** One `string` of RFC 4251. */
  readonly stringLength: number
  /** A whole file or artifact. */
  readonly inputLength: number
  /** A name: key type, cipher, option (RFC 4251 section 6 allows 64). */
  readonly nameLength: number
  /** RSA modulus, least and most bits. */
  readonly rsaBitsMin: number
  readonly rsaBitsMax: number
  /** RSA public exponent, bits. */
  readonly rsaExponentBits: number
  /** Rounds of bcrypt_pbkdf that a file may ask for. */
  readonly bcryptRounds: number
  /** Salt of bcrypt_pbkdf. */
  readonly bcryptSaltLength: number
  /** Principals in one certificate. */
  readonly principals: number
  /** Critical options or extensions in one certificate. */
  readonly certificateOptions: number
}

/** The ceilings that hold where a caller says nothing. */
export const defaultLimits: Limits = {
  // OpenSSH sshbuf.h SSHBUF_SIZE_MAX is 128 MiB; RustCrypto ssh-encoding caps one length at 1 MiB.
  stringLength: 1 << 20,
  // OpenSSH authfile.c MAX_KEY_FILE_SIZE.
  inputLength: 1 << 20,
  nameLength: 64,
  // OpenSSH sshkey.h SSH_RSA_MINIMUM_MODULUS_SIZE and sshbuf.h SSHBUF_MAX_BIGNUM (16384 bits).
  rsaBitsMin: 1024,
  rsaBitsMax: 16384,
  // OpenSSL rsa.h OPENSSL_RSA_MAX_PUBEXP_BITS.
  rsaExponentBits: 64,
  // golang/crypto ssh/keys.go refuses more than 2048.
  bcryptRounds: 2048,
  // OpenSSH sshkey.c writes 16; openbsd-compat/bcrypt_pbkdf.c stops at 1 MiB.
  bcryptSaltLength: 1024,
  // OpenSSH sshkey.h SSHKEY_CERT_MAX_PRINCIPALS.
  principals: 256,
  // OpenSSH has none; it knows twelve names in all.
  certificateOptions: 256,
}

/** `limits` over {@link defaultLimits}. */
export function withLimits(limits: Partial<Limits> | undefined): Limits {
  return limits ? { ...defaultLimits, ...limits } : defaultLimits
}
