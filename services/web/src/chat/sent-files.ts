import type { ReplyPreview } from '@parley/contracts'
import type { Outbox } from './outbox.ts'
import type { SentFile } from './outgoing.ts'
import { mediaType, messagesOf } from './upload-rules.ts'
import type { Upload, Uploads } from './uploads.ts'

/** What a message shows of a file until the server has said what it is. */
export function sentFileOf({ id, file, kind, voice, width, height, attachment }: Upload): SentFile {
  if (attachment) return { uploadId: id, attachment, uploaded: true }
  return {
    uploadId: id,
    uploaded: false,
    attachment: {
      ...{ id, kind, width, height, name: file.name, mime: mediaType(file.type), size: file.size },
      durationMs: voice?.durationMs ?? null,
      placeholder: null,
      ...(voice && { peaks: [...voice.peaks] }),
      status: 'ready',
      variants: [],
    },
  }
}

/** Sends all that is chosen in a conversation, one message for each kind of file. The words go with the first, as does the answer. */
export function sendChosen(
  { uploads, outbox }: { uploads: Uploads; outbox: Outbox },
  conversationId: string,
  content: string,
  replyTo: ReplyPreview | null,
): void {
  const files = uploads.take(conversationId).map((upload) => ({ kind: upload.kind, sent: sentFileOf(upload) }))
  const groups = messagesOf(files)
  for (const [index, group] of groups.entries())
    outbox.write(
      conversationId,
      index === 0 ? content : '',
      index === 0 ? replyTo : null,
      group.map(({ sent }) => sent),
    )
}
