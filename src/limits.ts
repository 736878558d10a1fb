/**
 * Ceilings on everything that a file or a peer decides. Each cites where its figure comes from.
 * Every decoder takes `limits` and merges it over {@link defaultLimits}; a caller may lower any of them, and raise them
 * as far as the sizes that belong to a key type go, which stand with its fields.
 */

/** Ceilings on lengths (octets unless said), counts and costs. */
export interface Limits {
  /** One `string` of RFC 4251. */
  readonly stringLength: number
  /** A whole file or artifact. */
  readonly inputLength: number
  /** A text file of many lines, each of which is read for itself: authorized_keys, known_hosts. */
  readonly textFileLength: number
  /** A name: key type, cipher, option (RFC 4251 section 6 allows 64). */
  readonly nameLength: number
  /** RSA modulus, least and most bits. */
  readonly rsaBitsMin: number
  readonly rsaBitsMax: number
  /** DSA prime p, least and most bits. */
  readonly dsaBitsMin: number
  readonly dsaBitsMax: number
  /** RSA public exponent, bits. */
  readonly rsaExponentBits: number
  /** Rounds of bcrypt_pbkdf that a file may ask for. */
  readonly bcryptRounds: number
  /** Salt of bcrypt_pbkdf. */
  readonly bcryptSaltLength: number
  /** Rounds of PBKDF2. */
  readonly pbkdf2Rounds: number
  /** Rounds of the key derivations of PBES1 (PKCS #5 and PKCS #12). */
  readonly pbes1Rounds: number
  /** Memory that scrypt may be asked to fill (128·N·r), in octets. */
  readonly scryptMemory: number
  /** N·r·p of scrypt: what its time depends on. */
  readonly scryptWork: number
  /** Memory that Argon2 may be asked to fill, in KiB. */
  readonly argon2Memory: number
  /** Passes of Argon2 over its memory. */
  readonly argon2Passes: number
  /** Lanes of Argon2. */
  readonly argon2Parallelism: number
  /** Memory times passes of Argon2, in KiB: what its time depends on. */
  readonly argon2Work: number
  /** Principals in one certificate. */
  readonly principals: number
  /** Critical options or extensions in one certificate. */
  readonly certificateOptions: number
  /** A revocation list: a KRL, or a list of keys. */
  readonly krlLength: number
  /** Serial numbers (a range counts once), key ids, keys, hashes and sections of a revocation list, all together. */
  readonly krlEntries: number
}

/** Most characters of a name (RFC 4251 section 6); apart, so that reading names alone pulls in no other ceiling. */
export const NAME_LENGTH = 64
/** Problems that are told of one text file: its other lines that are none are passed over in silence. */
export const TEXT_FILE_PROBLEMS = 10_000

/** Octets of one message of the agent protocol (OpenSSH ssh-agent.c AGENT_MAX_LEN, authfd.c MAX_AGENT_REPLY_LEN). */
export const AGENT_MESSAGE: number = 0x4_0000
/** Identities in one list of an agent (OpenSSH authfd.c MAX_AGENT_IDENTITIES). */
export const AGENT_IDENTITIES: number = 2048
/** Destinations, or certificates, in one constraint (OpenSSH ssh-agent.c AGENT_MAX_DEST_CONSTRAINTS, _EXT_CERTS). */
export const AGENT_CONSTRAINTS: number = 1024

/** The ceilings that hold where a caller says nothing. */
export const defaultLimits: Limits = {
  // OpenSSH sshbuf.h SSHBUF_SIZE_MAX is 128 MiB; RustCrypto ssh-encoding caps one length at 1 MiB.
  stringLength: 0x10_0000,
  // OpenSSH authfile.c MAX_KEY_FILE_SIZE.
  inputLength: 0x10_0000,
  // OpenSSH reads those line by line, without a limit; this is its SSHBUF_SIZE_MAX, 900,000 hashed hosts.
  textFileLength: 0x800_0000,
  nameLength: NAME_LENGTH,
  // OpenSSH sshkey.h SSH_RSA_MINIMUM_MODULUS_SIZE and sshbuf.h SSHBUF_MAX_BIGNUM (16384 bits).
  rsaBitsMin: 1024,
  rsaBitsMax: 16384,
  // The one size of FIPS 186-2 and of ssh-keygen; OpenSSL dsa.h OPENSSL_DSA_MAX_MODULUS_BITS.
  dsaBitsMin: 1024,
  dsaBitsMax: 10000,
  // OpenSSL rsa.h OPENSSL_RSA_MAX_PUBEXP_BITS.
  rsaExponentBits: 64,
  // golang/crypto ssh/keys.go refuses more than 2048.
  bcryptRounds: 2048,
  // OpenSSH sshkey.c writes 16; openbsd-compat/bcrypt_pbkdf.c stops at 1 MiB.
  bcryptSaltLength: 1024,
  // Seven times what OWASP asks of HMAC-SHA-1 (1,300,000; password storage cheat sheet, 2023).
  pbkdf2Rounds: 10_000_000,
  // OpenSSL writes 2048 (PKCS5_DEFAULT_ITER), Java and Windows 10,000 to 600,000 in PKCS #12.
  pbes1Rounds: 1_000_000,
  // Twice what OpenSSL reads (evp/pbe_scrypt.c SCRYPT_MAX_MEM, 32 MiB).
  scryptMemory: 0x400_0000,
  // 32 times OpenSSL's own 16384·8·1: a few seconds.
  scryptWork: 0x40_0000,
  // libsodium crypto_pwhash_argon2id.h: MEMLIMIT_MODERATE is 256 MiB; puttygen writes 8 MiB.
  argon2Memory: 0x4_0000,
  // puttygen counts how many passes fit into 100 ms: 21 over 8 MiB, some thousands over a few KiB.
  argon2Passes: 0x1_0000,
  // RFC 9106 section 4 recommends 4; PuTTY writes 1.
  argon2Parallelism: 64,
  // libsodium: MEMLIMIT_SENSITIVE (1 GiB) by OPSLIMIT_SENSITIVE (4 passes).
  argon2Work: 0x40_0000,
  // OpenSSH sshkey.h SSHKEY_CERT_MAX_PRINCIPALS.
  principals: 256,
  // OpenSSH has none; it knows twelve names in all.
  certificateOptions: 256,
  // Half of what OpenSSH loads (sshbuf.h SSHBUF_SIZE_MAX).
  krlLength: 0x400_0000,
  // As many serial numbers as a file of krlLength can list. In memory 16 octets each; key ids, keys and hashes some 50
  // (Node 20, a Set of text) besides their own, which krlLength bounds.
  krlEntries: 0x80_0000,
}

/** `limits` over {@link defaultLimits}. */
export function withLimits(limits: Partial<Limits> | undefined): Limits {
  if (!limits || limits === defaultLimits) return defaultLimits
  const all: Record<keyof Limits, number> = { ...defaultLimits }
  for (const [name, value] of Object.entries(limits)) {
    // What is not said leaves the ceiling where it is; a comparison with undefined or NaN would remove it.
    if (value === undefined || !Object.hasOwn(defaultLimits, name)) continue
    if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError(`limits.${name}: a number expected`)
    all[name as keyof Limits] = value
  }
  return all
}
