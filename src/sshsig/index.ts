/** Signatures over messages, SSHSIG: sign, verify, allowed signers, git's objects. */
export {
  type AllowedSigner,
  type AllowedSigners,
  formatAllowedSigners,
  parseAllowedSigners,
  type SignerOptions,
} from './allowed-signers.ts'
export { type GitPolicy, signGitObject, verifyGitObject } from './git.ts'
export { type AllowedSignersOptions, findPrincipals, matchPrincipals } from './principals.ts'
export { type Message, type SignMessageOptions, signMessage } from './sign.ts'
export {
  decodeSshsig,
  encodeSshsig,
  formatSshsig,
  type MessageHash,
  parseSshsig,
  type Sshsig,
  type SshsigContent,
} from './sshsig.ts'
export {
  checkMessageSignature,
  type MessageFacts,
  type SignatureCheck,
  type SignerFacts,
  type SignerPolicy,
  type SshsigInput,
  verifyMessage,
} from './verify.ts'
