import { type Audience, type MarkNotificationsRead, type Notifications, ParleyError } from '@parley/contracts'
import type { NotificationPlace, WhichRead } from '../ports/told.ts'
import { markRead, type ReadDeps } from './read-notifications.ts'
import { showNotifications } from './show-notifications.ts'

export interface NotificationListDeps extends ReadDeps {
  audience: Pick<Audience, 'admit' | 'shownOf'>
}

type NotificationList = Pick<Notifications, 'listNotifications' | 'countNotifications' | 'markNotificationsRead'>

const DEFAULT_LIMIT = 20
const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** What somebody was told of, as they look at it themselves. */
export function createNotificationList(deps: NotificationListDeps): NotificationList {
  const { store, audience } = deps
  const enter = (actor: Parameters<Audience['admit']>[0]) => audience.admit(actor, { conversationId: null })
  return {
    async listNotifications(actor, { limit = DEFAULT_LIMIT, cursor, unread = false }) {
      const after = cursor === undefined ? null : placeOf(cursor)
      await enter(actor)
      const { tenantId, userId } = actor
      const found = await store.transaction(tenantId, ({ notifications }) =>
        notifications.list(userId, { unread, after, limit: limit + 1 }),
      )
      const page = found.slice(0, limit)
      const shown = await showNotifications(audience, tenantId, page)
      // nobody can read any more what is left of these: they count no longer
      const empty = page.filter(({ readAt }, i) => shown[i] === undefined && readAt === null)
      if (empty.length > 0)
        await markRead(deps, tenantId, userId, ({ notifications }) =>
          notifications.markRead(userId, { ids: empty.map(({ id }) => id) }),
        )
      const last = page.at(-1)
      const hasMore = found.length > limit
      return {
        data: shown.filter((one) => one !== undefined),
        nextCursor: hasMore && last ? cursorOf({ at: last.updatedAt, id: last.id }) : null,
        hasMore,
      }
    },
    async countNotifications(actor) {
      await enter(actor)
      const { tenantId, userId } = actor
      const counts = await store.transaction(tenantId, ({ notifications }) => notifications.countUnread([userId]))
      return { unreadCount: counts.get(userId) ?? 0 }
    },
    async markNotificationsRead(actor, given) {
      const which = whichOf(given)
      await enter(actor)
      const { tenantId, userId } = actor
      const unreadCount = await markRead(deps, tenantId, userId, ({ notifications }) =>
        notifications.markRead(userId, which),
      )
      return { unreadCount }
    },
  }
}

/** Exactly one of what may be named. */
function whichOf({ ids, upTo, conversationId }: MarkNotificationsRead): WhichRead {
  const named = [ids && { ids }, upTo !== undefined && { upTo }, conversationId !== undefined && { conversationId }]
  const [which, ...others] = named.filter((one) => typeof one === 'object')
  if (which && others.length === 0) return which
  const [second] = others.map((one) => Object.keys(one)[0])
  throw new ParleyError('invalid_input', 'Name either ids, upTo or conversationId', {
    errors: [
      { pointer: `/${second ?? 'ids'}`, code: 'exactly_one', detail: 'exactly one of ids, upTo and conversationId' },
    ],
  })
}

const cursorOf = ({ at, id }: NotificationPlace) => Buffer.from(`${at} ${id}`).toString('base64url')

function placeOf(cursor: string): NotificationPlace {
  const [, at, id] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (at !== undefined && id !== undefined && !Number.isNaN(Date.parse(at))) return { at, id }
  throw new ParleyError('invalid_input', 'This cursor is not one of this list', {
    errors: [{ pointer: '/cursor', code: 'invalid', detail: 'is not a cursor of this list' }],
  })
}
