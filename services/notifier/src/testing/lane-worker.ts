import { createJobs, openPostgres } from '@parley/database'
import { failpoint } from '@parley/runtime'
import { createWebPushChannel, type VapidKeys } from '../channels/web-push-channel.ts'
import { createLanes } from '../domain/lanes/lanes.ts'
import { createPushLane } from '../domain/lanes/push-lane.ts'
import { createPushWords } from '../domain/lanes/push-words.ts'
import { notifierOwner } from '../store/owner.ts'
import { createStore } from '../store/store.ts'

/**
 * A process that hands over what waits in a database, for tests that kill it: nothing is read meanwhile. It says when it is ready, and begins
 * when it is told to.
 */
const { DATABASE_URL: url = '', VAPID = '' } = process.env
const store = createStore({ database: openPostgres({ url, owner: notifierOwner }) })
const channel = createWebPushChannel({ vapid: JSON.parse(VAPID) as VapidKeys, allowPrivate: true })
const lane = createPushLane(
  {
    store,
    rulesOf: async () => ({ channels: ['push'], previews: true, digestAfterMinutes: null }),
    unreadOf: async (_tenantId, userIds) => userIds.map(() => 0),
    words: createPushWords(store),
    linkOf: () => null,
  },
  channel,
)
const { handlers, atOnce } = createLanes(
  {
    store,
    standingOf: async (_tenantId, places) =>
      places.map(({ conversationId, toSeq: seq }) => ({
        revocation: null,
        standing: {
          conversation: { id: conversationId!, kind: 'direct', title: null, context: null },
          messages: [
            {
              id: conversationId!,
              seq,
              type: 'text',
              senderId: 'ben',
              senderName: 'Ben',
              senderAvatarUrl: null,
              preview: 'Hi',
              at: '2026-03-01T10:00:00.000Z',
            },
          ],
          ...{ unreadCount: 1, totalUnread: 1, user: { name: null, locale: null } },
        },
      })),
    passing: (moment) => failpoint(`notifier.${moment}`),
  },
  [lane],
)
const log = { info: () => {}, warn: () => {}, error: () => {} }
const jobs = createJobs({ queue: store.jobs, handlers, atOnce, log, setAside: () => {} })
// whoever would kill it is not there any more
process.once('disconnect', () => process.exit())
process.once('message', () => jobs.start())
await store.jobs.next(Object.keys(handlers))
process.send?.('ready')
