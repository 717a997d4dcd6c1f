import type { Attachment } from '@parley/contracts'
import { DetailedError, type HttpResponse, Upload } from 'tus-js-client'
import { notReached, RequestFailure } from './request-failure.ts'
import { failureOf } from './request-json.ts'
import { besidePage } from './site.ts'
import type { UploadInput } from './upload-file.ts'

/** In parts, so that proxies that bound a request take it, and as little as possible is sent twice. */
const CHUNK_BYTES = 8 * 1024 * 1024

/** Where uploads that were interrupted go on, by their keys. */
const begun = new Map<string, string>()

/** There is nobody who takes resumable uploads. */
export class NotResumable extends Error {
  override name = 'NotResumable'
}

/**
 * Uploads a large file by the tus protocol: called again with the same key it goes on where it was. Resolves with the attachment's id.
 * @throws RequestFailure; `NotResumable`; with an `AbortError` when the signal ends it, and then nothing is left of it
 */
export function uploadResumably(token: string, input: UploadInput): Promise<Attachment['id']> {
  const { file, purpose, conversationId, key, voice, signal, onProgress } = input
  return new Promise((resolve, reject) => {
    const known = begun.get(key)
    const upload = new Upload(file, {
      endpoint: besidePage('/v1/attachments/resumable'),
      ...(known !== undefined && { uploadUrl: known }),
      headers: { authorization: `Bearer ${token}` },
      metadata: {
        ...{ filename: file.name, filetype: file.type, purpose },
        ...(conversationId && { conversationId }),
        ...(voice && { peaks: JSON.stringify(voice.peaks), durationMs: String(voice.durationMs) }),
      },
      chunkSize: CHUNK_BYTES,
      // Whoever calls this tries again.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onProgress: (sent, total) => total > 0 && onProgress(sent / total),
      onUploadUrlAvailable: () => upload.url && begun.set(key, upload.url),
      onSuccess: ({ lastResponse }) => {
        begun.delete(key)
        const id = lastResponse.getHeader('attachment-id')
        if (id) resolve(id)
        else reject(new RequestFailure('internal', 'The server lost this file'))
      },
      onError: (err) => {
        const response = err instanceof DetailedError ? err.originalResponse : null
        const failure = failureIn(response)
        // It is not there any more: the next attempt begins anew.
        if (failure.code === 'not_found') begun.delete(key)
        reject(failure.code === 'not_found' && known === undefined ? new NotResumable() : failure)
      },
    })
    signal.addEventListener('abort', () => {
      begun.delete(key)
      upload.abort(true).catch(() => {})
      reject(new DOMException('Cancelled', 'AbortError'))
    })
    upload.start()
  })
}

/** A status of 0 is none: nothing came back. */
function failureIn(response: HttpResponse | null): RequestFailure {
  const status = response?.getStatus() ?? 0
  if (!response || status === 0) return notReached()
  let body: object = {}
  try {
    body = JSON.parse(response.getBody()) as object
  } catch {
    // HEAD has none, and a proxy's is no JSON
  }
  return failureOf(status, response.getHeader('retry-after') ?? null, body)
}
