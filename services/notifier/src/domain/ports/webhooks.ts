import type { ListWebhookDeliveries, Webhook, WebhookDelivery } from '@parley/contracts'

/** An endpoint is an address of the host's that is told of events: what the contract calls a webhook. */
export interface Endpoint extends Omit<Webhook, 'enabled'> {
  /** Sealed, as it is stored. */
  secret: string
  formerSecret: string | null
  failures: number
  /** Milliseconds until its lane may come again; 0 or less: now. */
  restsMs: number
}

export interface NewEndpoint {
  id: string
  url: string
  events: string[]
  description: string | null
  secret: string
  disabled: boolean
}

export type EndpointChange = Partial<Pick<NewEndpoint, 'url' | 'events' | 'description' | 'disabled'>>

/** What a process remembers of an endpoint to know what it is told of. */
export interface Listener {
  id: string
  tenantId: string
  events: string[]
  createdAt: string
  isEnabled: boolean
}

/** An event as it is stored for endpoints. */
export interface StoredEvent {
  id: string
  type: string
  at: string
  /** Whose words it has, and of which message it has a preview. */
  messageId: string | null
  replyToId: string | null
  body: string
}

/** A delivery in the hands of this process. */
export interface TakenDelivery {
  id: string
  eventId: string
  body: string
  /** Counts from 1. */
  attempt: number
  /** When it happened. */
  eventAt: string
  /** The trace that it belongs to. */
  traceparent: string | null
}

/** What an endpoint said to a try. */
export interface Answer {
  at: string
  durationMs: number
  status: number | null
  body: string | null
  error: string | null
}

export interface Settled {
  id: string
  delivered: boolean
  /** Not delivered: it is tried again after so long; null: not any more. */
  againMs: number | null
  answer: Answer
  /** The endpoint says that it is no more. */
  gone: boolean
}

export interface EndpointRepository {
  /** Adds it where the tenant has fewer than so many; false: it has not. */
  add(endpoint: NewEndpoint, most: number): Promise<boolean>
  all(): Promise<Endpoint[]>
  byId(id: string): Promise<Endpoint | undefined>
  change(id: string, change: EndpointChange): Promise<void>
  rotate(id: string, secret: string, overlapSeconds: number): Promise<void>
  remove(id: string): Promise<boolean>
  /** Sees to it that what waits for it is sent. */
  wake(id: string): Promise<void>
}

export interface DeliveryRepository {
  /** The newest first; `before` is the id of the last one that was seen. */
  list(
    endpointId: string,
    filter: Pick<ListWebhookDeliveries, 'status'> & { before: string | undefined; limit: number },
  ): Promise<WebhookDelivery[]>
  byId(endpointId: string, id: string): Promise<WebhookDelivery | undefined>
  add(endpointId: string, id: string, event: StoredEvent): Promise<void>
  /** To be sent again as soon as it can be; false: there is nothing of it left to be sent. */
  replay(endpointId: string, id: string): Promise<boolean>
  /** Those of what happened in that time, the eldest first and at most so many. Says how many, and when the next one happened. */
  replayRange(
    endpointId: string,
    range: { from: string; to: string; status: 'delivered' | 'failed' | undefined },
    limit: number,
  ): Promise<{ replayed: number; nextFrom: string | null }>
}

/** What lanes and the consumer do, each a statement of its own. */
export interface WebhookLanes {
  listeners(): Promise<Listener[]>
  /** Stores an event for these endpoints, once each, and sets their lanes to work. Resolves with how many were new. */
  store(tenantId: string, endpointIds: readonly string[], event: StoredEvent): Promise<number>
  /** A message was deleted for everyone: its words leave what waits and what is kept, and do not come again. */
  erase(tenantId: string, messageId: string): Promise<void>
  /** Takes what is due, the eldest first, for the length of the lease. */
  take(tenantId: string, endpointId: string, limit: number, leaseMs: number): Promise<TakenDelivery[]>
  /** How much waits for endpoints that are told, of all tenants, and for how many seconds the one that is due the longest has been. */
  waiting(): Promise<{ depth: number; age: number }>
  /** Resolves with why the endpoint was turned off by it; `patienceMs`: it may fail so long. */
  settle(tenantId: string, settled: Settled, patienceMs: number): Promise<'gone' | 'failing' | null>
  /** Its turn is over. Resolves with the milliseconds until it has something to do again; null: nothing waits. */
  rest(tenantId: string, endpointId: string, restMs: number): Promise<number | null>
  forget(days: number, limit: number): Promise<number>
}
