import { type Bus, type Delivery, durableConsumer } from '@parley/bus'
import { EVENT_STREAM, type Event, subjects } from '@parley/contracts'
import type { Logger, Reading } from '@parley/runtime'
import type { HearEvent } from '../domain/webhooks/hear-events.ts'
import type { Listeners } from '../domain/webhooks/listeners.ts'

/** As the stream and dead letters call it. */
export const WEBHOOK_CONSUMER = 'notifier-webhooks'
/** How far the clocks of the database and of the event stream may be apart. Milliseconds. */
const CLOCKS_APART_MS = 60_000
/** Whether somebody listens by now is asked this often while nobody does: who says so is heard at most once. Milliseconds. */
const ASK_EVERY_MS = 30_000

export interface WebhookConsumerOptions {
  bus: Bus
  hear: HearEvent
  listeners: Pick<Listeners, 'since'>
  log: Logger
  /** An event that cannot be handled. */
  setAside: (event: Delivery, err: unknown) => Promise<void>
  show?: ((reading: Reading) => void) | undefined
}

/**
 * Hears of all events, once somebody has a webhook: hearing of them costs what sending them does a sixth, and where nobody is told it is
 * not asked for.
 */
export function createWebhookConsumer({ bus, hear, listeners, log, setAside, show }: WebhookConsumerOptions) {
  const consumer = durableConsumer({
    ...{ bus, log, show },
    stream: EVENT_STREAM,
    name: WEBHOOK_CONSUMER,
    filter: subjects.allEvents,
    handle: ({ subject, body }) => hear(tenantOf(subject), () => eventOf(body)),
    setAside,
    describe: ({ subject }: Delivery) => ({ tenantId: tenantOf(subject) }),
  })
  let timer: NodeJS.Timeout | undefined
  let listening: Promise<void> | undefined
  /** Listens where somebody wants to be told; resolves when it does. */
  const listen = async (): Promise<void> => {
    if (!listening) {
      const since = await listeners.since()
      if (!since) return
      listening ??= consumer.start(new Date(since.getTime() - CLOCKS_APART_MS))
    }
    clearInterval(timer)
    await listening
  }
  const ask = () => listen().catch((err) => log.warn({ err }, 'it cannot be told who has webhooks; trying on'))
  return {
    listen,
    async start() {
      timer = setInterval(ask, ASK_EVERY_MS)
      await ask()
    },
    async close() {
      clearInterval(timer)
      await consumer.close()
    },
  }
}

const tenantOf = (subject: string) => subject.split('.')[3] ?? ''

/** Written by the conversation service, whose contract this is. */
function eventOf(body: Uint8Array): Event {
  try {
    return JSON.parse(Buffer.from(body).toString()) as Event
  } catch {
    // the parser quotes what it was given, and logs have nothing of what people write
    throw new SyntaxError('Its body is no JSON')
  }
}
