import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hmacSha1, hmacSha256 } from '../../src/crypto/hmac.ts'
import { hex, toHex, utf8 } from '../support/bytes.ts'

// RFC 2202 section 3 and RFC 4231 section 4, test cases 1 and 2, and the empty key of PuTTY's plain files.
it('HMAC-SHA-1', () => {
  const key = hex('0b'.repeat(20))
  assert.equal(toHex(hmacSha1(key, utf8('Hi There'))), 'b617318655057264e28bc0b6fb378c8ef146be00')
  const data = utf8('what do ya want for nothing?')
  assert.equal(toHex(hmacSha1(utf8('Jefe'), data)), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79')
})

it('HMAC-SHA-256', () => {
  const data = utf8('what do ya want for nothing?')
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  assert.equal(toHex(hmacSha256(utf8('Jefe'), data)), expected)
  const empty = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad'
  assert.equal(toHex(hmacSha256(new Uint8Array(0), new Uint8Array(0))), empty)
})
