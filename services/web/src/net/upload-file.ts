import type { Attachment, UploadPurpose } from '@parley/contracts'
import { notReached, RequestFailure } from './request-failure.ts'
import { failureOf } from './request-json.ts'
import { besidePage } from './site.ts'

export interface UploadInput {
  file: File
  purpose: UploadPurpose
  /** Where it is to be sent; of a picture of a group that group. */
  conversationId: string | null
  /** The same for every attempt: the server keeps one of it. */
  key: string
  voice?: { peaks: readonly number[]; durationMs: number } | null
  signal: AbortSignal
  /** From 0 to 1. */
  onProgress(share: number): void
}

/** What was uploaded; a picture of somebody or of a group has an address for all. */
export type Uploaded = Attachment & { url?: string }

interface Answer {
  data?: {
    attachment: Uploaded | null
    error: { code: RequestFailure['code']; message: string } | null
    url?: string
  }[]
}

/** No answer, and no byte has gone out, for so long: the line is dead. */
const SILENCE_MS = 60_000

/**
 * Uploads a file in one request. `fetch` does not say how far it is, so it is the older way. @throws RequestFailure; with an
 * `AbortError` when the signal ends it
 */
export function uploadFile(token: string, input: UploadInput): Promise<Uploaded> {
  const { file, purpose, conversationId, key, voice, signal, onProgress } = input
  const form = new FormData()
  // Fields come before files: what they say decides whether those are read.
  form.append('purpose', purpose)
  if (conversationId) form.append('conversationId', conversationId)
  if (voice) {
    form.append('peaks', JSON.stringify(voice.peaks))
    form.append('durationMs', String(voice.durationMs))
  }
  form.append('file', file, file.name)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let silence: ReturnType<typeof setTimeout>
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(() => {
        reject(new RequestFailure('timeout', 'The server took too long to answer'))
        request.abort()
      }, SILENCE_MS)
    }
    const abort = () => request.abort()
    signal.addEventListener('abort', abort)
    request.open('POST', besidePage('/v1/attachments'))
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.setRequestHeader('idempotency-key', key)
    request.setRequestHeader('accept', 'application/json')
    request.upload.onprogress = ({ loaded, total }) => {
      heard()
      if (total > 0) onProgress(loaded / total)
    }
    request.onload = () => {
      try {
        resolve(uploadedOf(request))
      } catch (err) {
        reject(err)
      }
    }
    request.onerror = () => reject(notReached())
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'))
    request.onloadend = () => {
      clearTimeout(silence)
      signal.removeEventListener('abort', abort)
    }
    heard()
    request.send(form)
    if (signal.aborted) request.abort()
  })
}

/** Of a picture that whoever has its address may see: that address. @throws RequestFailure */
export async function uploadPicture(
  token: string,
  input: Pick<UploadInput, 'file' | 'purpose' | 'conversationId' | 'key'>,
): Promise<string> {
  const { url } = await uploadFile(token, { ...input, signal: new AbortController().signal, onProgress: () => {} })
  if (url === undefined) throw new RequestFailure('internal', 'The server gave this picture no address')
  return url
}

/** @throws RequestFailure */
function uploadedOf(request: XMLHttpRequest): Uploaded {
  const { status } = request
  const body = jsonIn(request.responseText)
  if (status < 200 || status > 299) throw failureOf(status, request.getResponseHeader('retry-after'), body)
  const [outcome] = (body as Answer).data ?? []
  if (outcome?.attachment) return { ...outcome.attachment, ...(outcome.url !== undefined && { url: outcome.url }) }
  const { code, message } = outcome?.error ?? { code: 'internal' as const, message: 'The server lost this file' }
  throw new RequestFailure(code, message)
}

/** A proxy's answer may be no JSON. */
function jsonIn(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch {
    return {}
  }
}
