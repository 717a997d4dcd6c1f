import type { Attachment } from '@parley/contracts'
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
  return new Uploads({
    upload: (input) => (input.file.size > RESUMABLE_BYTES ? uploadLarge(token, input, get) : uploadFile(token, input)),
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

/** Loaded when the first large file is sent. */
async function uploadLarge(token: string, input: UploadInput, get: BrowserUploadsDeps['get']): Promise<Attachment> {
  const { NotResumable, uploadResumably } = await import('../net/resumable-upload.ts')
  try {
    return await get({ attachmentId: await uploadResumably(token, input) })
  } catch (err) {
    if (err instanceof NotResumable) return uploadFile(token, input)
    throw err
  }
}
