import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sha1 } from '../../src/crypto/index.ts'
import { encodeBubblebabble } from '../../src/fingerprint/bubblebabble.ts'
import { bubblebabble } from '../../src/fingerprint/index.ts'
import { parsePublicLine } from '../../src/keys/index.ts'
import { utf8 } from '../support/bytes.ts'

it('encodes the examples of its description', () => {
  assert.equal(encodeBubblebabble(new Uint8Array(0)), 'xexax')
  assert.equal(encodeBubblebabble(utf8('1234567890')), 'xesef-disof-gytuf-katof-movif-baxux')
  assert.equal(encodeBubblebabble(utf8('Pineapple')), 'xigak-nyryk-humil-bosek-sonax')
})

it('is what ssh-keygen -B prints', () => {
  const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
  const expected = 'xobif-guget-nomov-votym-pacys-luvof-pyter-cigen-madec-barum-cyxix'
  assert.equal(bubblebabble(key, { hash: sha1 }), expected)
})
