import type { Attachment } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import { uploadFailureText } from '../text/upload-failures.ts'
import { useSession } from './chat-context.ts'

/** Gives an attachment to the browser to be kept under its name. */
export function useDownload(): (attachment: Pick<Attachment, 'id' | 'name'>) => Promise<void> {
  const session = useSession()
  return async ({ id, name }) => {
    try {
      const url = await session.links.get({ attachmentId: id, disposition: 'attachment' })
      const anchor = document.createElement('a')
      anchor.href = url
      anchor.download = name
      anchor.click()
    } catch (err) {
      const { code, message } = toRequestFailure(err)
      session.notify(code === 'not_found' ? 'This file is not there any more.' : uploadFailureText(code, message))
    }
  }
}
