/** One record for one request, before anything of it is handed out. */

import { type AuthorityError, SshError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'
import { refusalOf } from './answer.ts'
import type { Draft, Issued } from './certify.ts'
import { type Deadline, startDeadline, within } from './deadline.ts'
import type { Settings } from './options.ts'
import type { RequestRecord } from './record.ts'

/** What was behind a refusal: for those who run the authority. */
function causeOf(refusal: AuthorityError): string | undefined {
  const { cause } = refusal
  if (cause === undefined) return undefined
  const { name, message, cause: inner } = Object(cause) as { name?: unknown; message?: unknown; cause?: unknown }
  const own = cause instanceof SshError || cause instanceof Error ? `${name}: ${message}` : String(cause)
  const deeper = inner instanceof Error ? ` (${inner.message})` : ''
  return escapeText(own + deeper, 500)
}

/** Does the work, and records how it ended. Throws the refusal, an `AuthorityError` that may be told. */
export async function recorded(
  draft: Draft & Pick<RequestRecord, 'time' | 'kind'>,
  { record, timeout }: Settings,
  work: (deadline: Deadline) => Promise<Issued>,
): Promise<Issued> {
  const tell = (entry: RequestRecord): Promise<unknown> => within(timeout, 'record', () => record(entry))
  const deadline = startDeadline(timeout)
  let issued: Issued
  try {
    issued = await work(deadline)
  } catch (error) {
    const refusal = refusalOf(error)
    const { code, message } = refusal
    // A refusal stays one, whether it could be recorded or not.
    await tell({ ...draft, outcome: 'refused', code, message, cause: causeOf(refusal) }).catch(() => {})
    throw refusal
  } finally {
    deadline.end()
  }
  // What nobody knows of must not be out there.
  await tell({ ...draft, outcome: 'issued' }).catch((cause) => {
    throw refusalOf(cause)
  })
  return issued
}
