import { randomUUID } from 'node:crypto'
import { errorStatus, ParleyError, type ParleyErrorOptions } from '@parley/contracts'

/** A file on its way through. */
export interface PassingFile {
  name: string
  mime: string
  bytes: AsyncIterable<Uint8Array>
}

export interface FilesToForward {
  /** The storage service's address. */
  url: string
  /** The caller's own token. */
  authorization: string
  /** The same at a retry: the same files are then the same attachments. */
  key: string | undefined
  /** What the storage service has to know of the files. */
  fields: Readonly<Record<string, string>>
  /** One after the other, each while it comes. */
  files: AsyncIterable<PassingFile>
}

/**
 * Sends files on to the storage service while they come in, and keeps nothing of them. Returns the ids of the attachments, in their order.
 * What the storage service refuses is refused in its words, of several files the first; one that cannot be reached is `unavailable`.
 */
export async function forwardFiles({ url, authorization, key, fields, files }: FilesToForward): Promise<string[]> {
  const boundary = `parley-${randomUUID()}`
  let failure: { err: unknown } | undefined
  async function* body() {
    try {
      yield* formOf(boundary, fields, files)
    } catch (err) {
      failure = { err }
      throw err
    }
  }
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/$/, '')}/v1/attachments`, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': `multipart/form-data; boundary=${boundary}`,
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: ReadableStream.from(body()),
      duplex: 'half',
    } as RequestInit)
  } catch (err) {
    // what was sent to us was broken, rather than the way there
    if (failure) throw failure.err
    throw new ParleyError('unavailable', 'The storage service cannot be reached', { cause: err })
  }
  const answer = (await response.json().catch(() => undefined)) as Answer | undefined
  if (!response.ok) throw asRefusal(answer, response.headers.get('retry-after'))
  const refused = answer?.data?.find(({ error }) => error)?.error
  if (refused) throw asRefusal({ ...refused, detail: refused.message }, null)
  return (answer?.data ?? []).map(({ attachment }) => attachment!.id)
}

/** As the storage service answers: outcomes, or a problem. */
interface Answer {
  data?: { attachment: { id: string } | null; error: { code: string; message: string } | null }[]
  code?: string
  detail?: string
  errors?: NonNullable<ParleyErrorOptions['errors']>
}

function asRefusal(problem: Answer | undefined, retryAfter: string | null): ParleyError {
  const { code = '', detail = 'The storage service has refused it', errors } = problem ?? {}
  const isKnown = (one: string): one is keyof typeof errorStatus => Object.hasOwn(errorStatus, one)
  // without a problem it was somebody on the way who answered
  return new ParleyError(isKnown(code) ? code : 'unavailable', detail, {
    ...(errors && { errors }),
    ...(retryAfter !== null && { retryAfterMs: Number(retryAfter) * 1_000 }),
  })
}

async function* formOf(
  boundary: string,
  fields: Readonly<Record<string, string>>,
  files: AsyncIterable<PassingFile>,
): AsyncGenerator<Uint8Array> {
  for (const [name, value] of Object.entries(fields))
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  for await (const { name, mime, bytes } of files) {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(name)}"\r\n` +
        `Content-Type: ${quoted(mime)}\r\n\r\n`,
    )
    yield* bytes
    yield Buffer.from('\r\n')
  }
  yield Buffer.from(`--${boundary}--\r\n`)
}

/** As browsers write it (WHATWG, multipart/form-data encoding). */
const quoted = (text: string) => text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
