import type { Attachment } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import { type UploadInput, uploadFile } from '../net/upload-file.ts'
import type { ChatStore } from './chat-store.ts'
import { sizeOfPicture } from './picture-size.ts'
import { rulesOf } from './upload-rules.ts'
import { Uploads } from './uploads.ts'

/** What is larger goes on where it was when the network is back. */
const RESUMABLE_BYTES = 20 * 1024 * 1024

interface BrowserUploadsDeps {
  token: string
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  get(input: { attachmentId: string }): Promise<Attachment>
  discard(input: { attachmentId: string }): Promise<unknown>
  /** A message of that conversation may have waited for it. */
  onUploaded(conversationId: string): void
}

/** The uploads of a page: what becomes of them is told to the messages that they belong to. */
export function browserUploads({ token, store, get, discard, onUploaded }: BrowserUploadsDeps): Uploads {
  const uploadLarge = largeUploads(token, get)
  return new Uploads({
    upload: (input) => (input.file.size > RESUMABLE_BYTES ? uploadLarge(input) : uploadFile(token, input)),
    discard: (attachmentId) => discard({ attachmentId }),
    rules: () => rulesOf(store.getState().policy),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    show: (file) => URL.createObjectURL(file),
    forget: (url) => URL.revokeObjectURL(url),
    measure: sizeOfPicture,
    onSettled: ({ id: uploadId, conversationId, attachment, taken, code, detail, retryable }) => {
      if (attachment) {
        store.dispatch({ type: 'file_uploaded', conversationId, uploadId, attachment })
        return onUploaded(conversationId)
      }
      const entries = store.getState().outgoing[conversationId] ?? []
      const entry = entries.find(({ files }) => files.some((file) => file.uploadId === uploadId))
      if (!entry || !taken || !code) return
      const { clientId } = entry
      store.dispatch({ type: 'send_failed', conversationId, clientId, code, detail: detail ?? '', retryable })
    },
  })
}

/** Uploads of large files: whatever fails after the last byte, they are not sent again. */
export function largeUploads(
  token: string,
  get: BrowserUploadsDeps['get'],
  load: () => Promise<Pick<typeof import('../net/resumable-upload.ts'), 'uploadResumably' | 'NotResumable'>> = () =>
    import('../net/resumable-upload.ts'),
) {
  /** What is there whole, by the keys of uploads. */
  const whole = new Map<string, string>()
  return async (input: UploadInput): Promise<Attachment> => {
    // loaded when the first large file is sent
    const { NotResumable, uploadResumably } = await load()
    try {
      const attachmentId = whole.get(input.key) ?? (await uploadResumably(token, input))
      whole.set(input.key, attachmentId)
      const attachment = await get({ attachmentId })
      whole.delete(input.key)
      return attachment
    } catch (err) {
      if (err instanceof NotResumable) return uploadFile(token, input)
      if (!toRequestFailure(err).retryable || input.signal.aborted) whole.delete(input.key)
      throw err
    }
  }
}
