/** Key files in Node: bounded reading, the permission check of ssh, atomic writing. */
export {
  FileError,
  isExposed,
  type ReadFileOptions,
  readKeyFile,
  type WriteFileOptions,
  writeFileAtomic,
} from '../shared.ts'
