/** Chromium by its own protocol (CDP) over a pipe: `--remote-debugging-pipe`, JSON with a NUL behind each message. */

import type { Writable } from 'node:stream'
import { folder, startProgram, until } from './support.ts'

/** An event of the browser. */
export interface BrowserEvent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly sessionId?: string
}

/** One page and the browser around it. */
export interface Chromium {
  /** A command to the page. */
  send(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>
  /** A command to the browser. */
  sendBrowser(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>
  /** Runs the body of a function in the page; gives what it returns, that of a promise awaited. Throws what it throws. */
  evaluate<T>(body: string, ...args: readonly unknown[]): Promise<T>
  /** Every event so far, those of workers too. */
  readonly events: readonly BrowserEvent[]
  /** Where downloads go. */
  readonly downloads: string
  stop(): Promise<void>
}

/** Flags: nothing that the browser does for itself, since a request that leaves is a failure here. */
const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--disable-lcd-text',
  '--window-size=1280,1000',
]

/**
 * Starts the browser behind a proxy at port `proxy` of loopback, with one empty page, whose network, console and policy are watched
 * from the start.
 */
export async function startChromium(program: string, proxy: number): Promise<Chromium> {
  const profile = folder('chromium')
  const downloads = folder('downloads')
  const browser = startProgram(
    program,
    [
      ...flags,
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      `--proxy-server=127.0.0.1:${proxy}`,
      '--proxy-bypass-list=<-loopback>',
      'about:blank',
    ],
    {
      pipes: 2,
    },
  )
  const [, , , output, input] = browser.child.stdio as unknown as [null, null, null, Writable, NodeJS.ReadableStream]
  const events: BrowserEvent[] = []
  const waiting = new Map<number, (message: { error?: { message: string }; result?: object }) => void>()
  let last = 0
  let rest = ''
  // The browser ends before its pipes do.
  for (const pipe of [output, input]) pipe.on('error', () => undefined)
  input.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\0')
    rest = parts.pop()!
    for (const part of parts) {
      const message = JSON.parse(part)
      if (message.id === undefined) {
        events.push(message)
        if (message.method === 'Target.attachedToTarget') attached(message.params)
      } else waiting.get(message.id)?.(message)
    }
  })
  const call = (method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const id = ++last
      const timer = setTimeout(() => reject(new Error(`${method}: no answer in 180 s\n${browser.log()}`)), 180_000)
      waiting.set(id, ({ error, result }) => {
        clearTimeout(timer)
        waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve((result ?? {}) as Readonly<Record<string, unknown>>)
      })
      output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  /** A worker waits until its network and console are watched as well. */
  const attached = ({ sessionId, targetInfo }: { sessionId: string; targetInfo: { type: string } }): void => {
    if (targetInfo.type !== 'worker') return
    for (const method of ['Network.enable', 'Runtime.enable', 'Log.enable', 'Runtime.runIfWaitingForDebugger']) {
      // A worker that ended meanwhile has nothing left to be watched.
      call(method, {}, sessionId).catch(() => undefined)
    }
  }
  const sendBrowser = (method: string, params: object = {}) => call(method, params)
  const { targetInfos } = await sendBrowser('Target.getTargets')
  const page = (targetInfos as { targetId: string; type: string }[]).find(({ type }) => type === 'page')
  const { targetId } =
    page ?? ((await sendBrowser('Target.createTarget', { url: 'about:blank' })) as { targetId: string })
  const { sessionId } = await sendBrowser('Target.attachToTarget', { targetId, flatten: true })
  const send = (method: string, params: object = {}) => call(method, params, sessionId as string)
  await sendBrowser('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads, eventsEnabled: true })
  for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'Audits', 'Accessibility', 'DOM'])
    await send(`${domain}.enable`)
  await send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
  return {
    send,
    sendBrowser,
    events,
    downloads,
    async evaluate<T>(body: string, ...args: readonly unknown[]): Promise<T> {
      const { result, exceptionDetails } = (await send('Runtime.evaluate', {
        expression: `(async function () { ${body} }).apply(null, ${JSON.stringify(args)})`,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string }; text: string } }
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return result.value
    },
    async stop() {
      await browser.stop()
      await until(
        'the browser to end',
        () => (browser.child.exitCode ?? browser.child.signalCode) !== null || undefined,
      )
    },
  }
}
