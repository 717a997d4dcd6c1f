import { type Bus, type Delivery, type DurableConsumer, durableConsumer, type PendingReading } from '@parley/bus'
import { EVENT_STREAM, subjects } from '@parley/contracts'
import type { Logger, SetAside } from '@parley/runtime'
import type { WrittenMessage } from '../domain/look/hear-messages.ts'

export interface ConsumerDeps {
  bus: Bus
  log: Logger
  setAside: (what: SetAside) => void
  show?: ((reading: PendingReading) => void) | undefined
}

/** Hears which messages are written. Of one that a coming look covers it reads neither body nor database. */
export function createMessageConsumer({
  hear,
  setAside,
  ...deps
}: ConsumerDeps & { hear: (message: WrittenMessage) => Promise<void> }): DurableConsumer {
  return durableConsumer({
    ...deps,
    stream: EVENT_STREAM,
    name: 'notifier-messages',
    filter: subjects.allMessageEvents,
    async handle({ subject, headers, body }: Delivery) {
      const [, , , tenantId = '', , what] = subject.split('.')
      if (what !== 'created') return
      const conversationId = headers['Parley-Conversation'] ?? ''
      await hear({ tenantId, conversationId, at: () => Date.parse(eventOf<{ at: string }>(body).at) })
    },
    setAside: () => setAside('delivery'),
  })
}

/** Written by the conversation service, whose contract this is. */
export function eventOf<Event>(body: Uint8Array): Event {
  return JSON.parse(Buffer.from(body).toString()) as Event
}
