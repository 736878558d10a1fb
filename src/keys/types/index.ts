/** Every key type: one file and one line each. */
export { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts'
export { ed25519 } from './ed25519.ts'
export { rsa } from './rsa.ts'
