/** Every key type: one file and one line each. */
export { dss } from './dss.ts'
export { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts'
export { ed25519 } from './ed25519.ts'
export { mldsa44Ed25519, mldsa44Ed25519Experimental } from './mldsa44-ed25519.ts'
export { rsa } from './rsa.ts'
export { skEcdsaP256, skEd25519 } from './sk.ts'
