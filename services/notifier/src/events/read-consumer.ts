import { type DurableConsumer, durableConsumer } from '@parley/bus'
import { EVENT_STREAM, subjects } from '@parley/contracts'
import type { ReadMark } from '../domain/ports/told.ts'
import { type ConsumerDeps, eventOf } from './message-consumer.ts'

interface Read {
  conversationId: string
  data: { userId: string; seq: number }
}

/** Hears who has read. */
export function createReadConsumer({
  hear,
  setAside,
  ...deps
}: ConsumerDeps & { hear: (mark: ReadMark) => Promise<void> }): DurableConsumer {
  return durableConsumer({
    ...deps,
    stream: EVENT_STREAM,
    name: 'notifier-reads',
    filter: subjects.readMessages,
    async handle({ subject, body }) {
      const [, , , tenantId = ''] = subject.split('.')
      const { conversationId, data } = eventOf<Read>(body)
      await hear({ tenantId, conversationId, userId: data.userId, seq: data.seq })
    },
    setAside: () => setAside('delivery'),
  })
}
