import type { Sent, Shown, Violation } from './model.ts'

/** Somebody has certainly read a conversation up to there: when that was acknowledged, in milliseconds since the epoch. */
export interface Read {
  userId: string
  conversationId: string
  seq: number
  at: number
}

/** A push that says something, as it came. */
export interface Push {
  id: string
  conversationId: string
  /** The newest message that it tells of. */
  seq: number
  kind: string
}

/** As what people are told of something that is no message. Where there are some, they are told of messages with it. */
const OF_NO_MESSAGE: readonly string[] = ['added', 'context']

/** A notification in the list of the app that is unread. */
export interface Listed {
  conversationId: string | null
  kind: string
  messageIds: readonly string[]
}

/** How a conversation stands for somebody at the end. */
export interface Standing {
  conversationId: string
  unreadCount: number
  /** What they may see. */
  history: readonly Shown[]
}

const violation = (kind: Violation['kind'], conversationId: string, detail: string): Violation => ({
  ...{ kind, conversationId, detail },
  at: Date.now(),
})

/** The newest message that is unread to somebody, of a conversation in which so many are. */
const newestUnread = (userId: string, { history }: Standing) =>
  history.findLast(({ senderId, isDeleted }) => senderId !== userId && !isDeleted)

/** What the list of the app has, where it is not one notification of each conversation that is unread, up to its newest message. */
export function checkListed(userId: string, standings: readonly Standing[], listed: readonly Listed[]): Violation[] {
  const violations = standings.flatMap((standing) => {
    const { conversationId, unreadCount } = standing
    const own = listed.filter((one) => one.conversationId === conversationId)
    if (unreadCount === 0) {
      // whoever was let in, and has not looked, has nothing to read
      const stale = own.filter(({ kind, messageIds }) => messageIds.length > 0 || !OF_NO_MESSAGE.includes(kind))
      return stale.map(({ kind, messageIds }) =>
        violation('STALE', conversationId, `${userId} is told of what they have read: ${kind} ${messageIds}`),
      )
    }
    if (own.length > 1) return [violation('DUPLICATED', conversationId, `${userId} is told ${own.length} times`)]
    const newest = newestUnread(userId, standing)
    const isTold = newest === undefined || own[0]?.messageIds.includes(newest.id)
    return isTold ? [] : [violation('LOST', conversationId, `${userId} is not told of seq ${newest.seq}`)]
  })
  const known = new Set(standings.map(({ conversationId }) => conversationId))
  const strange = listed.filter(({ conversationId }) => conversationId !== null && !known.has(conversationId))
  return [
    ...violations,
    ...strange.map(({ conversationId }) =>
      violation('UNEXPECTED', conversationId!, `${userId} is told of a conversation that they are not in`),
    ),
  ]
}

/** Whoever has a browser is pushed the newest of what is unread. */
export function checkMissed(userId: string, standings: readonly Standing[], pushes: readonly Push[]): Violation[] {
  return standings.flatMap((standing) => {
    const { conversationId, unreadCount } = standing
    const newest = unreadCount > 0 ? newestUnread(userId, standing) : undefined
    if (!newest || pushes.some((push) => push.conversationId === conversationId && push.seq >= newest.seq)) return []
    return [violation('LOST', conversationId, `${userId} got no push of seq ${newest.seq}`)]
  })
}

export interface PushesOptions {
  delayMs: number
  /** When messages were created, by `conversation seq`, in milliseconds since the epoch. */
  createdAt: ReadonlyMap<string, number>
  reads: readonly Read[]
}

/**
 * A push may come again with its id. Nobody is pushed a message by two, nor one that they had read before its delay was over; what tells of
 * something else besides has come for that.
 */
export function checkPushes(
  userId: string,
  pushes: readonly Push[],
  { delayMs, createdAt, reads }: PushesOptions,
): Violation[] {
  const first = new Map<string, string>()
  const own = reads.filter((read) => read.userId === userId)
  return pushes.flatMap(({ id, conversationId, seq, kind }) => {
    if (OF_NO_MESSAGE.includes(kind)) return []
    const place = `${conversationId} ${seq}`
    const before = first.get(place)
    first.set(place, before ?? id)
    const found: Violation[] = []
    if (before !== undefined && before !== id)
      found.push(violation('DUPLICATED', conversationId, `${userId} was pushed seq ${seq} as ${before} and as ${id}`))
    const due = (createdAt.get(place) ?? Number.NEGATIVE_INFINITY) + delayMs
    const read = own.find((one) => one.conversationId === conversationId && one.seq >= seq && one.at < due)
    if (read)
      found.push(
        violation(
          'UNEXPECTED',
          conversationId,
          `${userId} was pushed seq ${seq}, read ${due - read.at} ms before it was due`,
        ),
      )
    return found
  })
}

/** Each message that was acknowledged, and not deleted since, has come to the webhook; what came twice was the same. */
export function checkDeliveries(
  sent: readonly Sent[],
  deliveries: ReadonlyMap<string, readonly string[]>,
): Violation[] {
  const missed = sent.flatMap(({ acked, changed, isUncertain, conversationId }) => {
    const isDeleted = changed !== undefined && changed.content === undefined
    if (!acked || isDeleted || isUncertain || deliveries.has(`${conversationId}:${acked.seq}`)) return []
    return [violation('LOST', conversationId, `the webhook was not told of seq ${acked.seq}`)]
  })
  const unequal = [...deliveries].flatMap(([id, bodies]) =>
    new Set(bodies).size === 1
      ? []
      : [violation('DUPLICATED', id.split(':')[0]!, `the webhook was told of ${id} in ${new Set(bodies).size} ways`)],
  )
  return [...missed, ...unequal]
}
