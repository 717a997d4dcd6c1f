import { type Actor, type Event, type Hooks, ParleyError, type WebhookDisabled, type Webhooks } from '@parley/contracts'
import { createJobQueue, runDueJobs } from '@parley/database'
import type { Resolver } from '@parley/runtime'
import { type HearEvent, hearEvents } from '../src/domain/webhooks/hear-events.ts'
import { createHooks } from '../src/domain/webhooks/hooks.ts'
import { createLane } from '../src/domain/webhooks/lane.ts'
import { createListeners } from '../src/domain/webhooks/listeners.ts'
import { createWebhooks } from '../src/domain/webhooks/webhooks.ts'
import { newId } from '../src/new-id.ts'
import { createPost, createWhyNotPost } from '../src/webhooks/post.ts'
import { createSealing } from '../src/webhooks/seal.ts'
import type { TestWorld } from './test-world.ts'

/** How long a hanging receiver is waited for here. */
const TIMEOUT_MS = 300

const everyNameLeadsInside: Resolver = (_hostname, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }])

/** Webhooks over a store, with somebody in place of the conversation service. */
export interface WebhookWorld {
  admin: Actor
  outsider: Actor
  webhooks: Webhooks
  hooks: Hooks
  hear: HearEvent
  /** Tells of an event of the tenant's. */
  tell(event: Event): Promise<void>
  /** Does what is due now; a lane's turn is a job. Answers how many there were. */
  turns(): Promise<number>
  disabled: WebhookDisabled[]
  /** Lines of the audit log. */
  lines: string[]
}

export function createWebhookWorld(
  { store, database, tenant }: TestWorld,
  { allowPrivate = true, turnMs }: { allowPrivate?: boolean; turnMs?: number } = {},
): WebhookWorld {
  const tenantId = tenant()
  const actor = (userId: string, role: Actor['role']): Actor => ({
    ...{ tenantId, userId, role },
    ...{ hostRole: null, name: null, avatarUrl: null },
  })
  const lines: string[] = []
  const disabled: WebhookDisabled[] = []
  const sealing = createSealing([Buffer.alloc(32, 7)])
  const listeners = createListeners(store.webhookLanes)
  const hear = hearEvents({ listeners, lanes: store.webhookLanes })
  const post = createPost({ allowPrivate, timeoutMs: TIMEOUT_MS, resolver: everyNameLeadsInside })
  const lane = createLane({
    ...{ store, lanes: store.webhookLanes, sealing },
    post,
    ...(turnMs !== undefined && { turnMs }),
    disabled: async (_tenantId, what) => {
      disabled.push(what)
      listeners.forget()
    },
  })
  return {
    admin: actor('moderator', 'admin'),
    outsider: actor('ana', 'user'),
    webhooks: createWebhooks({
      ...{ store, sealing, newId },
      whyNotPost: createWhyNotPost({ allowPrivate }),
      oversight: {
        async mayAdminister({ role }, { about }) {
          if (role === 'user') throw new ParleyError('forbidden', 'Only admins')
          if (about) lines.push(about.action)
          return {}
        },
      },
      changed: async () => listeners.forget(),
    }),
    hooks: createHooks({ store, sealing, post, newId }),
    hear,
    tell: (event) => hear(tenantId, () => event),
    turns: () =>
      runDueJobs({
        queue: createJobQueue(database),
        handlers: { webhook: ({ tenantId, key }, { signal }) => lane(tenantId, key, signal) },
        onFailed: (err) => {
          throw err
        },
      }),
    disabled,
    lines,
  }
}

let events = 0
/** An event of a message, or of another state of it. */
export function messageEvent(
  tenantId: string,
  { type = 'message.created' as Event['type'], message = {} as object, at = new Date(Date.now() + 1_000) } = {},
): Event {
  const [conversationId, seq] = ['01900000-0000-7000-8000-0000000000aa', ++events]
  const id = newId()
  const data = { id, conversationId, seq, content: 'some words', replyTo: null, deletedAt: null, ...message }
  const eventId = type === 'message.created' ? `${conversationId}:${seq}` : `${conversationId}:r${seq}`
  return {
    ...{ id: eventId, type, tenantId, conversationId, seq, rev: 0 },
    at: at.toISOString(),
    data: data as unknown as Event['data'],
  }
}
