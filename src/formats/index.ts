/** Containers of keys: reading and writing them, by the descriptors that the caller hands in. */
export type * from './format.ts'
export { formatPlainOpenssh } from './openssh-plain.ts'
export { opensshPrivate } from './openssh-private.ts'
export { opensshPublic } from './openssh-public.ts'
export { formatPrivateKey, formatPublicKey, inspectPrivateKey, parsePrivateKey, parsePublicKey } from './parse.ts'
export { type Input, Source } from './source.ts'
