/** CRC-32C (Castagnoli): RFC 3720 appendix B.4; reflected, polynomial 0x1EDC6F41. */

/** The checksum of `bytes`, from 0 to 2^32 - 1. A bit at a time: what it is for here has some hundred octets. */
export function crc32c(bytes: Uint8Array): number {
  let crc = -1
  for (const octet of bytes) {
    crc ^= octet
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}
