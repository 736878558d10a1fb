/** An agent's keys in memory, signers by the keys of any agent, filters and chains. */
export type { Authenticator, AuthenticatorRequest } from './authenticator.ts'
export { type ChainOptions, chainAgents } from './chain.ts'
export { type AgentFilter, filterAgent } from './filter.ts'
export { createKeyring, type Keyring, type KeyringOptions } from './keyring.ts'
export type { LockOptions } from './lock.ts'
export { type KeyUse, type LoginPurpose, readPurpose, type SigningPurpose } from './purpose.ts'
export { remoteAgent } from './remote.ts'
export { type AgentSignerOptions, agentSigner } from './signer.ts'
