import type { NewHandOver } from '../src/domain/ports/hand-overs.ts'
import type { Announcement, StoredHappening } from '../src/domain/ports/happenings.ts'
import type { UnitOfWork } from '../src/domain/ports/store.ts'
import type { Happening, News } from '../src/domain/ports/told.ts'

/** As much of a store as looking needs, in memory: for thousands of histories in which only the order of things matters. */
export interface MemoryStore {
  /** When each conversation is looked at next. */
  looks: Map<string, number>
  /** When each of what is no message is told next, by its id. */
  happenings: Map<string, number>
  wantLooks(happenings: readonly Happening[]): Promise<number[]>
  transaction<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
}

/** `onTold` hears what each commit tells of and hands over; `onAnnounced` what is of no conversation. */
export function createMemoryStore(
  now: () => number,
  delayMs: number,
  onTold: (news: readonly News[], handOvers: readonly NewHandOver[]) => void,
  onAnnounced: (news: readonly Announcement[], handOvers: readonly NewHandOver[]) => void = () => {},
): MemoryStore {
  const told = new Map<string, Map<string, number>>()
  const looks = new Map<string, number>()
  const dueAt = new Map<string, number>()
  const happened = new Map<string, StoredHappening & { isDone: boolean }>()
  return {
    looks,
    happenings: dueAt,
    wantLooks: async (happenings) =>
      happenings.map(({ conversationId, dueInMs }) => {
        const waiting = looks.get(conversationId) ?? Infinity
        if (waiting > now() + delayMs) looks.set(conversationId, now() + dueInMs)
        return looks.get(conversationId)! - now()
      }),
    async transaction(_tenantId, work) {
      const before = new Map([...told].map(([id, marks]) => [id, new Map(marks)]))
      const happenedBefore = new Map([...happened].map(([id, one]) => [id, { ...one }]))
      let news: readonly News[] = []
      let announced: readonly Announcement[] = []
      let handOvers: readonly NewHandOver[] = []
      const unit: Pick<UnitOfWork, 'told' | 'notifications' | 'handOvers' | 'happenings' | 'announcements'> = {
        told: {
          of: async (ids) =>
            ids.flatMap((conversationId) =>
              [...(told.get(conversationId) ?? [])].map(([userId, seq]) => ({ conversationId, userId, seq })),
            ),
          advance: async (marks) =>
            marks.map(({ conversationId, userId, before: stood, seq }) => {
              const known = told.get(conversationId) ?? new Map<string, number>()
              told.set(conversationId, known)
              if (known.get(userId) !== stood) return false
              known.set(userId, seq)
              return true
            }),
        },
        notifications: {
          async tell(given) {
            news = given
            return []
          },
          countUnread: async () => new Map(),
          list: async () => [],
          markRead: async () => [],
          readUpTo: async () => [],
        },
        handOvers: {
          async store(given) {
            handOvers = given
          },
        } as Pick<UnitOfWork['handOvers'], 'store'> as UnitOfWork['handOvers'],
        happenings: {
          async add(given) {
            for (const { dueAt: at, ...one } of given) {
              if (happened.has(one.id)) continue
              happened.set(one.id, { ...one, toldTo: null, isDone: false })
              dueAt.set(one.id, Math.max(now(), Date.parse(at)))
            }
          },
          async find(id) {
            const one = happened.get(id)
            return one && !one.isDone ? one : undefined
          },
          async advance(id, from, to) {
            const one = happened.get(id)
            if (!one || one.isDone || one.toldTo !== from) return false
            happened.set(id, { ...one, toldTo: to ?? from, isDone: to === null })
            return true
          },
        },
        announcements: {
          async announce(given) {
            announced = given
            return []
          },
          unreadOf: async () => [],
          readKind: async () => [],
        },
      }
      try {
        const result = await work(unit as UnitOfWork)
        if (news.length > 0) onTold(news, handOvers)
        if (announced.length > 0) onAnnounced(announced, handOvers)
        return result
      } catch (err) {
        told.clear()
        for (const [key, value] of before) told.set(key, value)
        happened.clear()
        for (const [id, one] of happenedBefore) happened.set(id, one)
        throw err
      }
    },
  }
}
