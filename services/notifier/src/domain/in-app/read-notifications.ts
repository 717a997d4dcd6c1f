import type { NewHandOver } from '../ports/hand-overs.ts'
import type { Store, UnitOfWork } from '../ports/store.ts'
import type { TargetsOf } from '../ports/targets.ts'
import type { ReadMark, StoredNotification } from '../ports/told.ts'

/**
 * Browsers hold whoever asked for Web Push to showing something for each push: Safari ends the subscription after three that show nothing,
 * and Chrome shows words of its own. There the page takes away what has been read, as soon as it hears of it.
 */
const SHOWN_ALWAYS: readonly string[] = ['web_push']

export interface ReadDeps {
  store: Pick<Store, 'transaction'>
  targetsOf: TargetsOf
  /** Told after the commit what was read, and how many are unread in the list by then. */
  told?: (tenantId: string, stored: StoredNotification, unreadCount: number) => void
}

/** Somebody has read a conversation, on whichever device: what told of it is read, and is taken back from devices. */
export async function messagesRead(deps: ReadDeps, { tenantId, conversationId, userId, seq }: ReadMark): Promise<void> {
  await markRead(deps, tenantId, userId, ({ notifications }) => notifications.readUpTo(conversationId, userId, seq))
}

/** Reads notifications by whatever `work` does. Answers how many of somebody's list are unread then. */
export async function markRead(
  { store, targetsOf, told = () => {} }: ReadDeps,
  tenantId: string,
  userId: string,
  work: (unit: UnitOfWork) => Promise<StoredNotification[]>,
): Promise<number> {
  const targets = (await targetsOf(tenantId, 'push', [{ userId, email: null }])).get(userId) ?? []
  const devices = targets.filter(({ channel }) => !SHOWN_ALWAYS.includes(channel))
  const { read, unread } = await store.transaction(tenantId, async (unit) => {
    const done = await work(unit)
    const counts = await unit.notifications.countUnread([userId])
    const pushed = done.filter((one) => one.pushed)
    await unit.handOvers.store(pushed.flatMap((one) => devices.map((device) => withdrawal(one, device))))
    return { read: done, unread: counts.get(userId) ?? 0 }
  })
  for (const one of read) if (one.listed) told(tenantId, one, unread)
  return unread
}

function withdrawal(
  { userId, kind, conversationId, fromSeq, toSeq, updatedAt }: StoredNotification,
  device: Pick<NewHandOver, 'channel' | 'target'>,
): NewHandOver {
  const collapseKey = conversationId ?? kind
  return { ...device, userId, kind, conversationId, collapseKey, fromSeq, toSeq, eventAt: updatedAt, withdraws: true }
}
