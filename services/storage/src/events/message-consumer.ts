import type { Bus, Delivery, Unsubscribe } from '@parley/bus'
import { EVENT_STREAM, type Message, subjects } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'

const CONSUMER = 'storage'
const RETRY_MS = 2_000
/**
 * Hears which messages were deleted, to let go what they have. Which were written it does not ask the stream: of a thousand messages a few have
 * something attached, and hearing of all cost a sixth of what sending them does. The conversation service tells of those few.
 */
export function createMessageConsumer({ bus, hear, log }: Pick<Storage, 'hear'> & { bus: Bus; log: Logger }) {
  let stop: Unsubscribe | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const handle = async ({ subject, body }: Delivery) => {
    const [, , , tenantId = ''] = subject.split('.')
    const { id, deletedAttachments = [] } = messageOf(body)
    await hear.deleted(tenantId, id, deletedAttachments)
  }
  const begin = async (): Promise<void> => {
    try {
      const consuming = await bus.consume(
        { stream: EVENT_STREAM, name: CONSUMER, filter: subjects.deletedMessages },
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
