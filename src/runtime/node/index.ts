/** Agents and key files in Node: sockets, bounded reading, the permission check of ssh, atomic writing. */
export {
  type AgentSocket,
  type OpenAgentOptions,
  openAgent,
  type ServeSocketOptions,
  serveAgentSocket,
} from '../agent-socket.ts'
export { commandTokenSource, environmentTokenSource, openBrowser, receiveRedirect } from '../login.ts'
export {
  FileError,
  isExposed,
  type ReadFileOptions,
  readKeyFile,
  type WriteFileOptions,
  writeFileAtomic,
} from '../shared.ts'
