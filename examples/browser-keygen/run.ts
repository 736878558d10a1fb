/** One piece of work in one worker, which is ended when the work is done or no longer wanted. */

import type { GenerateJob, IdentifyJob, Reply } from './messages.ts'

/** The worker's program, put here by the build. */
declare const WORKER_SOURCE: string

declare const trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): string }
    }
  | undefined

export type Progress = Extract<Reply, { progress: unknown }>['progress']
export type Result = Exclude<Reply, { progress: unknown }> | { readonly stopped: true }

/** The one place where the page makes a script: from the text that the build put there. */
const makeUrl = (): string => URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }))
const policy =
  typeof trustedTypes === 'undefined'
    ? undefined
    : trustedTypes.createPolicy('hawser-worker', { createScriptURL: makeUrl })

/** Starts the work. `stop` ends it, and the worker with all that it holds. */
export function run(
  job: GenerateJob | IdentifyJob,
  onProgress: (progress: Progress) => void,
): { readonly result: Promise<Result>; stop(): void } {
  const url = policy ? policy.createScriptURL('') : makeUrl()
  const worker = new Worker(url)
  let stop = (): void => worker.terminate()
  const result = new Promise<Result>((resolve) => {
    const end = (reply: Result): void => {
      worker.terminate()
      resolve(reply)
    }
    stop = () => end({ stopped: true })
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('progress' in data) onProgress(data.progress)
      else end(data)
    }
    worker.onerror = ({ message }) => {
      end({ error: { code: 'internal', message: message || 'this browser does not start the worker' } })
    }
  })
  worker.postMessage(job, job.passphrase ? [job.passphrase.buffer] : [])
  return {
    // The browser has its own copy once the worker has answered.
    result: result.finally(() => URL.revokeObjectURL(String(url))),
    stop,
  }
}
