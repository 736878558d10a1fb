/** All containers in two arrays. A bundle that imports one holds them all. */
import * as containers from './containers.ts'
import type { PrivateFormat, PublicFormat } from './format.ts'

/** Private containers tell facts without a passphrase; public ones have none to tell. */
function isPrivate(format: PublicFormat | PrivateFormat): format is PrivateFormat {
  return 'facts' in format
}

/** Each recognises its own alone, so that their order decides nothing but speed: OpenSSH's are what most files are. */
const all: readonly (PublicFormat | PrivateFormat)[] = /* @__PURE__ */ Object.values(containers).sort(
  (a, b) => Number(b.name === 'openssh') - Number(a.name === 'openssh'),
)

/** Every container of a public key that this library knows; OpenSSH's is the first. */
export const allPublicFormats: readonly PublicFormat[] = /* @__PURE__ */ all.filter(
  (format): format is PublicFormat => !isPrivate(format),
)

/** Every container of a private key that this library knows; OpenSSH's is the first. */
export const allPrivateFormats: readonly PrivateFormat[] = /* @__PURE__ */ all.filter(isPrivate)
