/** The agent protocol, RFC 9987 and OpenSSH's extensions: messages, frames, a client, a server. No sockets, no keys. */
export { type AddedKey, type AddOptions, decodeAdd, encodeAdd } from './add.ts'
export type { Agent, AgentConnection } from './agent.ts'
export { AgentError } from './agent-error.ts'
export { type AgentClient, type AgentSignOptions, connectAgent, type RequestOptions } from './client.ts'
export type { Constraint } from './constraint.ts'
export type { DestinationConstraint, DestinationHop, DestinationKey } from './destination.ts'
export type { Duplex, PieceReader, PieceWriter } from './duplex.ts'
export {
  decodeQueryAnswer,
  decodeSessionBind,
  encodeQueryAnswer,
  encodeSessionBind,
  type SessionBinding,
} from './extension.ts'
export { decodeFrames, encodeFrame } from './frame.ts'
export {
  type AddRequest,
  type AddTokenRequest,
  type AgentIdentity,
  type AgentRequest,
  type AgentResponse,
  type ExtensionRequest,
  type ListRequest,
  type LockRequest,
  type RemoveAllRequest,
  type RemoveRequest,
  type RemoveTokenRequest,
  type SignRequest,
  signFlags,
  type UnknownMessage,
} from './messages.ts'
export { decodeRequest, encodeRequest, wipeRequest } from './request.ts'
export { decodeResponse, encodeResponse } from './response.ts'
export { type ServeOptions, serveAgent } from './server.ts'
