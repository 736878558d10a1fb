/** The library as the suite takes it: each portable subpath as a namespace. */

/** Every subpath that belongs to no platform. */
export interface Library {
  readonly root: typeof import('../../src/index.ts')
  readonly errors: typeof import('../../src/errors.ts')
  readonly wire: typeof import('../../src/wire/index.ts')
  readonly crypto: typeof import('../../src/crypto/index.ts')
  readonly keys: typeof import('../../src/keys/index.ts')
  readonly formats: typeof import('../../src/formats/index.ts')
  readonly cert: typeof import('../../src/cert/index.ts')
  readonly fingerprint: typeof import('../../src/fingerprint/index.ts')
  readonly krl: typeof import('../../src/krl/index.ts')
  readonly sshsig: typeof import('../../src/sshsig/index.ts')
  readonly agentProtocol: typeof import('../../src/agent-protocol/index.ts')
  readonly text: typeof import('../../src/text/index.ts')
  readonly agent: typeof import('../../src/agent/index.ts')
  readonly signers: typeof import('../../src/signers/index.ts')
  readonly ca: typeof import('../../src/ca/index.ts')
  readonly x509: typeof import('../../src/x509/index.ts')
}

/** Name of each namespace, and where it stands in the package. */
export const subpaths: Readonly<Record<keyof Library, string>> = {
  root: 'hawser',
  errors: 'hawser/errors',
  wire: 'hawser/wire',
  crypto: 'hawser/crypto',
  keys: 'hawser/keys',
  formats: 'hawser/formats',
  cert: 'hawser/cert',
  fingerprint: 'hawser/fingerprint',
  krl: 'hawser/krl',
  sshsig: 'hawser/sshsig',
  agentProtocol: 'hawser/agent-protocol',
  text: 'hawser/text',
  agent: 'hawser/agent',
  signers: 'hawser/signers',
  ca: 'hawser/ca',
  x509: 'hawser/x509',
}
