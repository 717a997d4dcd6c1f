import { type Bus, type Delivery, durableConsumer } from '@parley/bus'
import { EVENT_STREAM, type Message, subjects } from '@parley/contracts'
import type { Logger, Reading, SetAside } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'

export interface MessageConsumerOptions extends Pick<Storage, 'hear'> {
  bus: Bus
  log: Logger
  setAside: (what: SetAside) => void
  show?: ((reading: Reading) => void) | undefined
}

/**
 * Hears which messages were deleted, to let go what they have. Which were written it does not ask the stream: of a thousand messages a few have
 * something attached, and hearing of all cost a sixth of what sending them does. The conversation service tells of those few.
 */
export function createMessageConsumer({ bus, hear, log, setAside, show }: MessageConsumerOptions) {
  return durableConsumer({
    ...{ bus, log, show },
    stream: EVENT_STREAM,
    name: 'storage',
    filter: subjects.deletedMessages,
    async handle({ subject, body }) {
      const { id, deletedAttachments = [] } = messageOf(body)
      await hear.deleted(tenantOf(subject), id, deletedAttachments)
    },
    // its files would stay for ever: the stream does not tell of it again
    async setAside({ subject, body }) {
      const message = readable(body)
      if (message) await hear.deletedLater(tenantOf(subject), message.id, message.deletedAttachments ?? [])
      setAside('delivery')
    },
    describe: ({ subject }: Delivery) => ({ tenantId: tenantOf(subject) }),
  })
}

const tenantOf = (subject: string) => subject.split('.')[3] ?? ''

/** Undefined where nobody could ever read which message it was. */
function readable(body: Uint8Array): Message | undefined {
  try {
    const message = messageOf(body)
    return typeof message.id === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** Written by the conversation service, whose contract this is. */
function messageOf(body: Uint8Array): Message {
  return (JSON.parse(Buffer.from(body).toString()) as { data: Message }).data
}
