/** All key types in one array. A bundle that imports it holds them all. */
import type { KeyType } from '../key-type.ts'
import * as types from './index.ts'

/** Every key type that this library knows, in no order. */
export const allTypes: readonly KeyType[] = /* @__PURE__ */ Object.values(types)
