/** A certificate authority as one fetch handler, and its client. Neither half carries the other into a bundle. */
export type { ResponseLike, WebResponse } from './answer.ts'
export { type Authority, createAuthority } from './authority.ts'
export type { BodyLike } from './body.ts'
export { type BrowserLoginOptions, browserTokenSource, type RedirectReceiver } from './browser-login.ts'
export type { HeadersLike, ProxyOptions } from './caller-address.ts'
export { type CertificateAgent, createCertificateAgent, type WaitingConnection } from './certificate-agent.ts'
export type { CertificateAgentOptions, CertificateEvent } from './certificate-agent-options.ts'
export { certificateOwner } from './certificate-supply.ts'
export type { Issued, IssueRequest } from './certify.ts'
export {
  type AskFor,
  type AskOptions,
  type AuthorityClient,
  type AuthorityClientOptions,
  authorityClient,
} from './client.ts'
export { type ClientSetup, formatClientSetup } from './client-setup.ts'
export { definePolicy } from './define-policy.ts'
export { type DeviceLoginOptions, type DevicePrompt, deviceTokenSource } from './device-login.ts'
export type { FetchedLike, FetchLike, FetchOptions } from './fetch.ts'
export type { FetchHandler, RequestContext, RequestLike } from './handler.ts'
export { type HostSetup, type HostSetupOptions, hostSetup } from './host-setup.ts'
export type { Authenticate, Identity } from './identity.ts'
export { formatKeyId, type KeyIdFacts } from './key-id.ts'
export { agentAuthority, loginToAgent } from './login-extension.ts'
export { type JsonWebKeySet, type OidcOptions, oidcAuthenticator } from './oidc.ts'
export type { AuthorityOptions } from './options.ts'
export type { Grant, Permissions, Policy, PolicyFacts, SubjectFacts, SubjectRules } from './policy.ts'
export type { HostGrant, HostGroup, Lifetimes, PolicyData, UserGrant, Whom } from './policy-data.ts'
export type { CertificateAnswer, ErrorAnswer, HealthAnswer, LoginAnswer } from './protocol.ts'
export type { ProviderOptions } from './provider-options.ts'
export type { Rate, Rates } from './rates.ts'
export type { Recorder, RequestRecord } from './record.ts'
export {
  type Ask,
  openStatement,
  type ProvedStatement,
  type SignedStatement,
  type SignStatementOptions,
  type Statement,
  signStatement,
  tokenHash,
} from './statement.ts'
export { type MemoryStoreOptions, memoryStore, type Store } from './store.ts'
export { keepTokens, readToken, type Token, type TokenRequest, type TokenSource, type Tokens } from './token.ts'
