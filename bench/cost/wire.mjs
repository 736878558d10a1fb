/** Armor, base64, text and patterns. */
import { load } from '../library.mjs'
import { bytesOf, fill, most, noise, numbered, refused, wire } from './inputs.mjs'

const { decodePem } = await load('wire/armor.js')
const { decodeBase64Url } = await load('wire/base64url.js')
const { decodeHex, encodeHex } = await load('wire/hex.js')
const { matchPatternList } = await load('wire/pattern.js')
const { splitOptions } = await load('wire/option-list.js')
const { unescapeFile, unquoteLine } = await load('wire/json-string.js')
const { addressInList } = await load('cert/index.js')

export const groups = {
  'Armor and base64': {
    'armor, decode': (size) => {
      const bytes = bytesOf(wire.encodeArmor('TEST', noise(size * 0.74), 70))
      return () => wire.decodeArmor(bytes)
    },
    'armor, encode': (size) => {
      const body = noise(size * 0.74)
      return () => wire.encodeArmor('TEST', body, 70)
    },
    'armor, text in front': (size) => {
      const bytes = bytesOf(`${fill('some text in front\n', size)}\n${wire.encodeArmor('TEST', noise(40), 70)}`)
      return () => wire.decodeArmor(bytes)
    },
    'armor, BEGIN again and again': (size) => {
      const bytes = bytesOf(fill('-----BEGIN TEST-----\n', size))
      return refused(() => wire.decodeArmor(bytes))
    },
    'base64, text': (size) => {
      const text = wire.encodeBase64(noise(size * 0.75))
      return () => wire.decodeBase64(text)
    },
    'base64, octets': (size) => {
      const bytes = bytesOf(wire.encodeBase64(noise(size * 0.75)))
      return () => wire.decodeBase64(bytes)
    },
    'base64, encode': (size) => {
      const bytes = noise(size * 0.75)
      return () => wire.encodeBase64(bytes)
    },
    'armor, headers': (size) => {
      const bytes = bytesOf(
        wire.encodeArmor('TEST', noise(40), 70).replace('\n', `\n${numbered(() => 'Name: value\n', size)}\n`),
      )
      return () => decodePem(bytes)
    },
    'armor, one header, continued': (size) => {
      const bytes = bytesOf(
        wire.encodeArmor('TEST', noise(40), 70).replace('\n', `\nName: value\n${numbered(() => ' more\n', size)}\n`),
      )
      return () => decodePem(bytes)
    },
    'armor, END of another again and again': (size) => {
      const bytes = bytesOf(`-----BEGIN TEST-----\n${fill('-----END TES-----\n', size)}`)
      return refused(() => wire.decodeArmor(bytes))
    },
    'base64url, text': (size) => {
      const text = wire
        .encodeBase64(noise(size * 0.75))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
      return () => decodeBase64Url(text, 'test')
    },
    'hexadecimal, text': (size) => {
      const text = encodeHex(noise(size / 2))
      return () => decodeHex(text)
    },
  },
  'Text and patterns': {
    'text, ASCII': (size) => {
      const bytes = bytesOf(fill('plain text ', size))
      return () => wire.decodeText(bytes)
    },
    'text, UTF-8': (size) => {
      const bytes = bytesOf(fill('Grüße, 世界, 🎉 ', size / 2))
      return () => wire.decodeText(bytes)
    },
    'text, not UTF-8': (size) => {
      const bytes = noise(size)
      return () => wire.decodeText(bytes)
    },
    'text, not UTF-8, encode': (size) => {
      const text = wire.decodeText(noise(size))
      return () => wire.encodeText(text)
    },
    'text, escape': (size) => {
      const text = fill('text \u001b[31m with \u202e things \\ ', size)
      return () => wire.escapeText(text, most)
    },
    'JSON string, a file unescaped': (size) => {
      const bytes = bytesOf(`{"k":"-----BEGIN TEST-----\\n${fill('AAAA\\n', size)}"}`)
      return () => unescapeFile(bytes)
    },
    'JSON string, backslashes and no file': (size) => {
      const bytes = bytesOf(fill('-----BEGIN -\\', size))
      return () => unescapeFile(bytes)
    },
    'JSON string, quotes and no public line': (size) => {
      const text = `{${fill('"a ', size)}`
      return () => unquoteLine(text)
    },
    'JSON string, blanks and no public line': (size) => {
      const text = `{"a${fill(' ', size)}`
      return () => unquoteLine(text)
    },
    'pattern list, against a name': (size) => {
      const list = fill('*a*b*c*,!*.d,', size)
      return () => matchPatternList('abababab.example.com', list)
    },
    'option list': (size) => {
      const text = `${fill('name="a \\"b\\"",', size)}`.replace(/[^,]*$/, 'pty')
      return () => splitOptions(text)
    },
    'address list': (size) => {
      const list = numbered((i) => `10.${i % 200}.0.0/16,2001:db8::/32,`, size).slice(0, -1)
      return () => addressInList('192.0.2.1', list)
    },
  },
}
