/** known_hosts and authorized_keys. */
import { load } from '../library.mjs'
import { bytesOf, fill, key, knownHosts, line, numbered, refused } from './inputs.mjs'

const { addAuthorizedKey, authoritiesFrom, findHost, parseAuthorizedKeys, parseKeyOptions, parseKnownHosts, ...files } =
  await load('text/index.js')
const { addHost, hashHosts, removeAuthorizedKey, removeHost } = files
const { findPrincipal } = await load('text/login-principals.js')

export const groups = {
  known_hosts: {
    'known_hosts, parse': (size) => {
      const bytes = bytesOf(knownHosts(size))
      return () => parseKnownHosts(bytes)
    },
    'known_hosts, find': (size) => {
      const bytes = bytesOf(knownHosts(size))
      return () => findHost(bytes, 'host7.example.com')
    },
    'known_hosts, find in one line of patterns': (size) => {
      const text = `${fill('*a*b*c*,', size)}x ${line}`
      return () => findHost(text, 'abababab.example.com')
    },
    'known_hosts, find in hashed lines': (size) => {
      const bytes = bytesOf(hashHosts(knownHosts(size / 1.4)))
      return () => findHost(bytes, 'host7.example.com')
    },
    'known_hosts, markers again and again': (size) => {
      const text = fill('@revoked ', size)
      return () => findHost(text, 'a')
    },
    'known_hosts, add': (size) => {
      const bytes = bytesOf(knownHosts(size))
      return () => addHost(bytes, 'new.example.com', key.publicKey)
    },
    'known_hosts, remove every other line': (size) => {
      const bytes = bytesOf(knownHosts(size, (i) => (i % 2 ? 'a' : `b${i}`)))
      return () => removeHost(bytes, 'a')
    },
    'known_hosts, hash': (size) => {
      const text = knownHosts(size)
      return () => hashHosts(text)
    },
    'known_hosts, hosts of one line': (size) => {
      const text = `${numbered((i) => `host${i},`, size)}last ${line}`
      return () => findHost(text, 'last')
    },
    'known_hosts, salts that are none': (size) => {
      const text = fill(`|1|AAAA|AAAA ${line}\n`, size)
      return () => findHost(text, 'a')
    },
    'known_hosts, blanks': (size) => {
      const text = `a${fill(' \t', size)}`
      return () => findHost(text, 'a')
    },
  },
  authorized_keys: {
    'authorized_keys, keys': (size) => {
      const text = fill(`${line}\n`, size)
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, options': (size) => {
      const text = fill(`restrict,command="a \\"b\\"",from="10.0.0.0/8,*.example.com" ${line}\n`, size)
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, one line of options': (size) => {
      const text = `${fill('no-pty,', size)}pty ${line}`
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, one long command': (size) => {
      const text = `command="${fill('a\\"', size)}" ${line}`
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, open quotes': (size) => {
      const text = fill('a="b c d e f g h i j k l m n o p q r s t u v w x y z\n', size)
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, environment of one line': (size) => {
      const text = numbered((i) => `environment="N${i}=v",`, size).slice(0, -1)
      return refused(() => parseKeyOptions(text))
    },
    'authorized_keys, permitopen of one line': (size) => {
      const text = numbered((i) => `permitopen="h${i}:22",`, size).slice(0, -1)
      return () => {
        try {
          return parseKeyOptions(text)
        } catch (error) {
          // It has a ceiling.
          return error.code
        }
      }
    },
    'authorized_keys, one from list': (size) => {
      const text = `from="${numbered((i) => `10.${i % 200}.0.0/16,*.h${i},`, size).slice(0, -1)}"`
      return () => parseKeyOptions(text)
    },
    'authorized_keys, blanks': (size) => {
      const text = fill(' \t', size)
      return () => parseAuthorizedKeys(text)
    },
    'authorized_keys, authorities': (size) => {
      const parsed = parseAuthorizedKeys(fill(`cert-authority ${line}\n`, size))
      return () => authoritiesFrom(parsed)
    },
    'authorized_keys, add': (size) => {
      const bytes = bytesOf(fill(`${line}\n`, size))
      return () => addAuthorizedKey(bytes, key.publicKey)
    },
    'authorized_keys, remove': (size) => {
      const bytes = bytesOf(fill(`${line}\n# a comment\n`, size))
      return () => removeAuthorizedKey(bytes, key.publicKey)
    },
    'principals file': (size) => {
      const text = numbered((i) => `from="10.0.0.0/8" user${i}\n`, size)
      return () => findPrincipal(text, ['nobody'])
    },
  },
}
