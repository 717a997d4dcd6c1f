import { type Audience, MAX_STANDINGS, type Notification, type NotificationChange } from '@parley/contracts'
import type { StoredNotification } from '../ports/told.ts'
import { workerOf } from '../worker.ts'

/** What these say now, in their order; undefined: nothing is left of it that they may see. */
export async function showNotifications(
  audience: Pick<Audience, 'shownOf'>,
  tenantId: string,
  stored: readonly StoredNotification[],
): Promise<(Notification | undefined)[]> {
  const shown: (Notification | undefined)[] = []
  for (let i = 0; i < stored.length; i += MAX_STANDINGS) {
    const some = stored.slice(i, i + MAX_STANDINGS)
    const items = some.map(({ userId, conversationId, fromSeq, toSeq, kind }) => ({
      ...{ userId, conversationId, fromSeq, toSeq, kind },
    }))
    const { standings } = await audience.shownOf(workerOf(tenantId), { items })
    for (const [j, one] of some.entries()) {
      const standing = standings[j]
      shown.push(standing ? toNotification(one, standing) : undefined)
    }
  }
  return shown
}

function toNotification(
  { id, kind, conversationId, count, createdAt, updatedAt, readAt }: StoredNotification,
  { conversation, messages }: NonNullable<Awaited<ReturnType<Audience['shownOf']>>['standings'][number]>,
): Notification {
  return {
    ...{ id, kind, conversationId, conversation, count, createdAt, updatedAt, readAt },
    messages: messages.map(({ id: messageId, senderId, senderName, preview, moved = null }) => ({
      ...{ messageId, senderId, senderName, preview, moved },
    })),
  }
}

/** What sockets hear of one. */
export function changeOf(
  { id, kind, conversationId, count, updatedAt, readAt }: StoredNotification,
  unreadCount: number,
): NotificationChange {
  return { id, kind, conversationId, count, updatedAt, readAt, unreadCount }
}
