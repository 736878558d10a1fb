/** What is this file? All that recognise a file look at it. */
import { load } from '../library.mjs'
import { bytesOf, fill, knownHosts, limits, line, noise, numbered, refused } from './inputs.mjs'

const { identify } = await load('index.js')

/** Whatever it finds, or refuses. */
const asked = (input) => () => {
  try {
    return identify(input, { limits })
  } catch (error) {
    if (typeof error.code !== 'string') throw error
    return error.code
  }
}

export const groups = {
  identify: {
    'identify what is nothing': (size) => {
      const text = fill('neither a key nor a certificate\n', size)
      return refused(() => identify(text, { limits }))
    },
    'identify, known_hosts': (size) => {
      const bytes = bytesOf(knownHosts(size))
      return () => identify(bytes)
    },
    'identify, quotes and escapes of JSON': (size) => {
      const text = `{"${fill('"a\\n', size)}`
      return refused(() => identify(text, { limits }))
    },
    'identify, authorized_keys': (size) => asked(fill(`restrict ${line}\n`, size)),
    'identify, allowed_signers': (size) => asked(numbered((i) => `u${i}@example.com ${line}\n`, size)),
    'identify, octets': (size) => asked(noise(size)),
    'identify, zeros': (size) => asked(new Uint8Array(size)),
    'identify, nested DER': (size) => asked(new Uint8Array(size).fill(0x30)),
    'identify, blanks': (size) => asked(fill(' \t', size)),
    'identify, blank lines': (size) => asked(fill('\n', size)),
    'identify, one word': (size) => asked(fill('a', size)),
    'identify, SSHFP without end': (size) => asked(`a ${fill('SSHFP ', size)}`),
    'identify, braces': (size) => asked(fill('{', size)),
    'identify, dashes': (size) => asked(fill('-----BEGIN ', size)),
    'identify, four dashes': (size) => asked(fill('---- BEGIN ', size)),
  },
}
