import { type Event, isWanted, type Message, type TransitionedMessage, type WebhookBody } from '@parley/contracts'
import type { StoredEvent, WebhookLanes } from '../ports/webhooks.ts'
import type { Listeners } from './listeners.ts'

export interface HearEventsDeps {
  listeners: Pick<Listeners, 'of'>
  lanes: Pick<WebhookLanes, 'store' | 'erase'>
}

/** Takes an event of a tenant's; `read` decodes it, where somebody listens. */
export type HearEvent = (tenantId: string, read: () => Event) => Promise<void>

/**
 * Stores events of the stream for whoever is told of them: they come more than once, and in no promised order. Of a message that was
 * deleted for everyone nothing is handed over any more but the deletion.
 */
export function hearEvents({ listeners, lanes }: HearEventsDeps): HearEvent {
  return async (tenantId, read) => {
    const all = await listeners.of(tenantId)
    if (all.length === 0) return
    const event = read()
    const stored = storedEvent(event)
    // also where nobody wants to know: it may have been told of before
    if (event.type === 'message.deleted' && stored.messageId !== null) await lanes.erase(tenantId, stored.messageId)
    const wanting = all.filter(
      ({ isEnabled, events, createdAt }) =>
        isEnabled && isWanted(events, event.type) && Date.parse(event.at) >= Date.parse(createdAt),
    )
    if (wanting.length === 0) return
    const ids = wanting.map(({ id }) => id)
    await lanes.store(tenantId, ids, stored)
  }
}

/** As it is handed over, and the messages whose words are in it. */
function storedEvent({ id, type, at, tenantId, conversationId, seq, rev, data }: Event): StoredEvent {
  const body: WebhookBody = { type, timestamp: at, id, tenantId, conversationId, seq, rev, data }
  const message = messageOf(type, data)
  return {
    ...{ id, type, at },
    messageId: message?.id ?? null,
    replyToId: message?.replyTo?.id ?? null,
    body: JSON.stringify(body),
  }
}

/** The stream is the conversation service's, whose contract this is: events about messages hold one, or have it beside what was done to it. */
function messageOf(type: string, data: Event['data']): Message | undefined {
  if (!type.startsWith('message.')) return undefined
  const about = data as Message | TransitionedMessage
  return 'message' in about ? about.message : about
}
