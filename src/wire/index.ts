/** Bytes and text of SSH's formats: RFC 4251 data types, base64, armor, lossless text. No keys, no arithmetic. */
export { type Armor, armorLabel, decodeArmor, encodeArmor } from './armor.ts'
export { decodeBase64, encodeBase64 } from './base64.ts'
export { blobType, formatPublicLine, type PublicLine, readPublicLine, splitPublicLine } from './public-line.ts'
export { Reader } from './reader.ts'
export { decodeText, decodeUtf8, encodeText, escapeText } from './text.ts'
export { Writer } from './writer.ts'
