/** Signatures of messages and git objects, and who may make them. */
import { load } from '../library.mjs'
import { bytesOf, fill, key, limits, line, noise, numbered, refused, types, wire } from './inputs.mjs'

const { findPrincipals, matchPrincipals, parseAllowedSigners, parseSshsig, signGitObject, signMessage, ...sshsig } =
  await load('sshsig/index.js')
const { verifyGitObject, verifyMessage } = sshsig

const signature = await signMessage(bytesOf('hello'), key, { namespace: 'file' })
const commit = await signGitObject(
  bytesOf(`tree ${'0'.repeat(40)}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\n`),
  key,
)
const gitPolicy = { allowedSigners: `* ${line}`, identity: null, time: 0, types, limits }

const person = 'tagger A <a@b> 0 +0000'
const tag = await signGitObject(bytesOf(`object ${'0'.repeat(40)}\ntype commit\ntag v1\n${person}\n\n`), key)

export const groups = {
  Signatures: {
    'allowed_signers, lines': (size) => {
      const text = fill(`me@example.com namespaces="git,file",valid-after="20200101Z" ${line}\n`, size)
      return () => parseAllowedSigners(text, { types, limits })
    },
    'allowed_signers, one line of patterns': (size) => {
      const allowedSigners = `${fill('*a*b*c*,', size)}me ${line}`
      return () => findPrincipals(signature, { allowedSigners, time: 0, types, limits })
    },
    'SSHSIG, long armor': (size) => {
      const text = wire.encodeArmor('SSH SIGNATURE', noise(size * 0.74), 70)
      return refused(() => parseSshsig(text, { types, limits }))
    },
    'git object, long message': (size) => {
      const object = new wire.Writer()
        .raw(commit)
        .raw(bytesOf(fill('a line of text\n', size)))
        .take()
      return () => verifyGitObject(object, gitPolicy).catch((error) => error.code)
    },
    'allowed_signers, quotes': (size) => {
      const text = `me ${fill('namespaces="a,b",', size)}cert-authority ${line}`
      return () => {
        try {
          return parseAllowedSigners(text, { types, limits })
        } catch (error) {
          return error.code
        }
      }
    },
    'allowed_signers, who is that': (size) => {
      const allowedSigners = numbered((i) => `user${i}@example.com ${line}\n`, size)
      return () => matchPrincipals('user7@example.com', { allowedSigners, types, limits })
    },
    'SSHSIG, text in front': (size) => {
      const text = `${fill('some text\n', size)}\n${signature}`
      return () => {
        try {
          return parseSshsig(text, { types, limits })
        } catch (error) {
          return error.code
        }
      }
    },
    'SSHSIG, long message': (size) => {
      const message = noise(size)
      const policy = { allowedSigners: `me ${line}`, identity: 'me', namespace: 'file', time: 0, types, limits }
      return () => verifyMessage(message, signature, policy).catch((error) => error.code)
    },
    'git object, headers': (size) => {
      const text = new TextDecoder().decode(commit)
      const object = bytesOf(text.replace('\n', `\n${fill('parent 0\n', size).replace(/\n[^\n]*$/, '\n')}`))
      return () => verifyGitObject(object, gitPolicy).catch((error) => error.code)
    },
    'git object, one header continued': (size) => {
      const text = new TextDecoder().decode(commit)
      const object = bytesOf(text.replace('\n', `\nmergetag a\n${fill(' a\n', size).replace(/\n[^\n]*$/, '\n')}`))
      return () => verifyGitObject(object, gitPolicy).catch((error) => error.code)
    },
    'git tag, signatures in its message': (size) => {
      const object = bytesOf(new TextDecoder().decode(tag) + fill('-----BEGIN SSH SIGNATURE-----\n', size))
      return () => verifyGitObject(object, gitPolicy).catch((error) => error.code)
    },
  },
}
