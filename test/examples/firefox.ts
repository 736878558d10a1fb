/**
 * Firefox by Marionette, its own protocol over TCP: `LENGTH:[0, id, command, parameters]`, answered by
 * `LENGTH:[1, id, error, result]`; the commands are those of WebDriver. No driver and no WebSocket is needed.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { folder, startProgram, until } from './support.ts'

/** One page and the browser around it. */
export interface Firefox {
  send(command: string, parameters?: object): Promise<unknown>
  /** Runs the body of a function in the page; gives what it returns, that of a promise awaited. */
  evaluate<T>(body: string, ...args: readonly unknown[]): Promise<T>
  /** Where downloads go. */
  readonly downloads: string
  log(): string
  stop(): Promise<void>
}

/** Preferences: all that leaves goes to the proxy at `proxy`; what Firefox asks for by itself is switched off. */
function preferences(proxy: number, downloads: string): string {
  const all: Readonly<Record<string, string | number | boolean>> = {
    'marionette.port': 0,
    'network.proxy.type': 1,
    'network.proxy.http': '127.0.0.1',
    'network.proxy.http_port': proxy,
    'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': proxy,
    'network.proxy.no_proxies_on': '',
    'network.proxy.allow_hijacking_localhost': true,
    'network.dns.disablePrefetch': true,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'app.update.disabledForTesting': true,
    'app.normandy.enabled': false,
    'browser.safebrowsing.downloads.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.page': 0,
    'browser.region.network.url': '',
    'browser.search.update': false,
    'browser.newtabpage.enabled': false,
    'browser.topsites.contile.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'dom.push.connection.enabled': false,
    'extensions.getAddons.cache.enabled': false,
    'extensions.systemAddon.update.enabled': false,
    'extensions.update.enabled': false,
    'media.gmp-manager.updateEnabled': false,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
    'toolkit.telemetry.reportingpolicy.firstRun': false,
    'browser.download.dir': downloads,
    'browser.download.folderList': 2,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.download.alwaysOpenPanel': false,
    'browser.helperApps.neverAsk.saveToDisk': 'application/octet-stream',
  }
  return Object.entries(all)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')
}

/** Starts the browser behind a proxy at port `proxy` of loopback. */
export async function startFirefox(program: string, proxy: number): Promise<Firefox> {
  const profile = folder('firefox')
  const downloads = folder('downloads')
  writeFileSync(join(profile, 'user.js'), preferences(proxy, downloads))
  const browser = startProgram(program, ['--headless', '--marionette', '--no-remote', '--profile', profile], {
    env: { HOME: profile, MOZ_HEADLESS: '1', MOZ_CRASHREPORTER_DISABLE: '1', MOZ_DATA_REPORTING: '0' },
  })
  const port = await until(
    'Firefox to listen',
    () => {
      try {
        return Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8')) || undefined
      } catch {
        return undefined // not written yet
      }
    },
    180_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${browser.log()}`)
  })
  const socket = connect(port, '127.0.0.1')
  const waiting = new Map<number, (error: { error: string; message: string } | null, result: unknown) => void>()
  let last = 0
  let rest = Buffer.alloc(0)
  socket.on('error', () => undefined) // the browser ends before the socket does
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const colon = rest.indexOf(58)
      if (colon < 0) return
      const end = colon + 1 + Number(rest.subarray(0, colon))
      if (rest.length < end) return
      const message = JSON.parse(rest.subarray(colon + 1, end).toString())
      rest = rest.subarray(end)
      // The first message is a greeting, and no array.
      if (Array.isArray(message)) waiting.get(message[1])?.(message[2], message[3])
    }
  })
  const send = (command: string, parameters: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(id, (error, result) => {
        waiting.delete(id)
        if (error) reject(new Error(`${command}: ${error.error}: ${error.message}`))
        else resolve(Array.isArray(result) ? result : (result as { value?: unknown } | null)?.value)
      })
      const text = JSON.stringify([0, id, command, parameters])
      socket.write(`${Buffer.byteLength(text)}:${text}`)
    })
  await send('WebDriver:NewSession', { capabilities: { alwaysMatch: { unhandledPromptBehavior: 'accept' } } })
  await send('WebDriver:SetTimeouts', { script: 300_000, pageLoad: 300_000 })
  return {
    send,
    downloads,
    log: browser.log,
    evaluate: <T>(script: string, ...args: readonly unknown[]) =>
      send('WebDriver:ExecuteScript', {
        script: `return (async () => { ${script} })()`,
        args,
        sandbox: null,
      }) as Promise<T>,
    async stop() {
      socket.destroy()
      await browser.stop()
    },
  }
}
