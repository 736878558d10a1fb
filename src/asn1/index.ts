/** Strict DER: judging, reading, writing, and a look from afar. */
export { type DerReader, decodeDer } from './der-reader.ts'
export {
  type Der,
  derBitString,
  derContext,
  derInteger,
  derNull,
  derNumber,
  derOctetString,
  derOid,
  derSequence,
  encodeDer,
} from './der-writer.ts'
export { derOutline } from './outline.ts'
