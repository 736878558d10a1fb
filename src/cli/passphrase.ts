/** Passphrases: from a file, or from a terminal without echo. Never an argument, which every user of a machine sees. */

import { openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { PassphraseError, SshError } from '../errors.ts'
import { type PrivateKey, parsePrivateKey } from '../index.ts'
import { readInput } from './files.ts'
import { shown } from './output.ts'
import { withProgress } from './progress.ts'

/** How often a person may try, as ssh does (NumberOfPasswordPrompts). */
const TRIES = 3

/** The octets up to the first line feed, a carriage return before it dropped, nothing else trimmed. */
export async function readPassphraseFile(file: string): Promise<Uint8Array> {
  const bytes = await readInput(file)
  const feed = bytes.indexOf(10)
  const end = feed < 0 ? bytes.length : feed > 0 && bytes[feed - 1] === 13 ? feed - 1 : feed
  const passphrase = bytes.slice(0, end)
  bytes.fill(0)
  return passphrase
}

/** The passphrase of a file that is to be made. Throws `SshError` `passphrase-empty`. */
export async function readNewPassphrase(file: string): Promise<Uint8Array> {
  const passphrase = await readPassphraseFile(file)
  if (passphrase.length === 0) throw new SshError('passphrase-empty', `${shown(file)}: the passphrase is empty`)
  return passphrase
}

/** A person at a terminal. */
export interface Terminal {
  /** Asks without echo; `undefined` where the terminal is at its end. */
  ask(prompt: string): Promise<Uint8Array | undefined>
  close(): void
}

/**
 * The terminal that questions go to, or `undefined` where nobody is there. Standard input where it is a terminal, else
 * the controlling one, as ssh does, since standard input may be a file that is being read.
 */
export function openTerminal(): Terminal | undefined {
  if (!process.stderr.isTTY) return undefined
  let input: ReadStream
  try {
    input = process.stdin.isTTY ? process.stdin : new ReadStream(openSync('/dev/tty', 'r'))
  } catch {
    // No controlling terminal, which is an answer to the question asked here.
    return undefined
  }
  let typed: number[] = []
  let ended = false
  let wake = (): void => {}
  const onData = (part: Uint8Array): void => {
    typed.push(...part)
    part.fill(0)
    wake()
  }
  const onEnd = (): void => {
    ended = true
    wake()
  }
  input.on('data', onData).on('end', onEnd).on('error', onEnd)
  // Whoever asked before has paused it.
  input.resume()
  const close = (): void => {
    typed = []
    input.off('data', onData).off('end', onEnd).off('error', onEnd)
    if (input === process.stdin) input.pause()
    else input.destroy()
  }
  const next = async (): Promise<number | undefined> => {
    while (typed.length === 0 && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return typed.shift()
  }
  return {
    close,
    async ask(prompt) {
      // Raw for the length of the answer only: elsewhere the terminal's own keys (^C, ^Z) work.
      input.setRawMode(true)
      process.stderr.write(prompt)
      try {
        return await readHidden(next, () => {
          input.setRawMode(false)
          process.stderr.write('\n')
          process.exit(130)
        })
      } finally {
        input.setRawMode(false)
        process.stderr.write('\n')
      }
    },
  }
}

/** One line of a terminal in raw mode, with the editing keys of a plain one. */
async function readHidden(
  next: () => Promise<number | undefined>,
  interrupt: () => never,
): Promise<Uint8Array | undefined> {
  const line: number[] = []
  try {
    for (;;) {
      const octet = await next()
      if (octet === undefined || (octet === 4 && line.length === 0)) return undefined
      if (octet === 3) interrupt()
      if (octet === 10 || octet === 13) return Uint8Array.from(line)
      if (octet === 21) line.fill(0).splice(0)
      else if (octet === 8 || octet === 127) {
        // A whole character of UTF-8: its continuation octets, then its first one.
        while (line.length > 0 && (line.pop()! & 0xc0) === 0x80);
      } else line.push(octet)
    }
  } finally {
    line.fill(0)
  }
}

function open(bytes: Uint8Array, passphrase: Uint8Array | undefined): Promise<PrivateKey> {
  return withProgress('deriving the key from the passphrase', async (onProgress) => {
    try {
      return await parsePrivateKey(bytes, { passphrase, onProgress })
    } finally {
      passphrase?.fill(0)
    }
  })
}

/** Where the passphrase of a private key comes from. */
export interface HowToOpen {
  readonly passphrase: Uint8Array | undefined
  /** Whether a person at the terminal may be asked. */
  readonly ask: boolean
}

/**
 * Reads a private key. Where it needs a passphrase that no file gives, a person at the terminal is asked.
 * Throws as `parsePrivateKey`; `passphrase-required` where nobody is there, or where the answer is empty.
 */
export async function openPrivateKey(file: string, bytes: Uint8Array, how: HowToOpen): Promise<PrivateKey> {
  try {
    return await open(bytes, how.passphrase?.slice())
  } catch (error) {
    if (!(error instanceof PassphraseError && error.code === 'passphrase-required') || how.passphrase || !how.ask) {
      throw error
    }
    const terminal = openTerminal()
    if (!terminal) throw error
    try {
      return await openByAsking(file, bytes, terminal)
    } finally {
      terminal.close()
    }
  }
}

async function openByAsking(file: string, bytes: Uint8Array, terminal: Terminal): Promise<PrivateKey> {
  for (let left = TRIES - 1; ; left--) {
    const answer = await terminal.ask(`Passphrase for ${shown(file)}: `)
    try {
      return await open(bytes, answer)
    } catch (error) {
      if (!(error instanceof PassphraseError && error.code === 'passphrase-wrong') || left === 0) throw error
      process.stderr.write('Wrong passphrase, try again.\n')
    }
  }
}
