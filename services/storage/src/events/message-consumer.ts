import type { Bus, Delivery, Unsubscribe } from '@parley/bus'
import { EVENT_STREAM, type Message, subjects } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'

const CONSUMER = 'storage'
const RETRY_MS = 2_000
/** As it stands in an event whose message has attachments; a text that says so has a backslash before each quote. */
const WITH_LINK = Buffer.from('://')
const WITH_ATTACHMENTS = Buffer.from('"attachments":[{')

/**
 * Hears which messages were written and which were deleted, to keep or to let go what they have. Most messages are neither read nor
 * parsed: they have nothing attached.
 */
export function createMessageConsumer({
  bus,
  hear,
  linkPreviews,
  log,
}: Pick<Storage, 'hear' | 'linkPreviews'> & { bus: Bus; log: Logger }) {
  let stop: Unsubscribe | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const handle = async ({ subject, body }: Delivery) => {
    const [, , , tenantId = '', ...type] = subject.split('.')
    const what = type.join('.')
    if (what === 'message.created') {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      if (!bytes.includes(WITH_ATTACHMENTS) && !bytes.includes(WITH_LINK)) return
      const message = messageOf(body)
      if (message.attachments.length > 0) await hear.written(tenantId, message.id, message.attachments)
      await linkPreviews.written(tenantId, message)
    } else if (what === 'message.deleted') {
      const { id, deletedAttachments = [] } = messageOf(body)
      await hear.deleted(tenantId, id, deletedAttachments)
    }
  }
  const begin = async (): Promise<void> => {
    try {
      const consuming = await bus.consume(
        { stream: EVENT_STREAM, name: CONSUMER, filter: subjects.messageEvents('*') },
        handle,
      )
      if (isClosed) await consuming()
      else stop = consuming
    } catch (err) {
      log.warn({ err }, 'the event stream is out of reach; trying on')
      if (!isClosed) timer = setTimeout(() => void begin(), RETRY_MS)
    }
  }
  return {
    start: begin,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await stop?.()
    },
  }
}

/** Written by the conversation service, whose contract this is. */
function messageOf(body: Uint8Array): Message {
  return (JSON.parse(Buffer.from(body).toString()) as { data: Message }).data
}
