import type { NewHandOver } from '../src/domain/ports/hand-overs.ts'
import type { UnitOfWork } from '../src/domain/ports/store.ts'
import type { Happening, News } from '../src/domain/ports/told.ts'

/** As much of a store as looking needs, in memory: for thousands of histories in which only the order of things matters. */
export interface MemoryStore {
  /** When each conversation is looked at next. */
  looks: Map<string, number>
  wantLooks(happenings: readonly Happening[]): Promise<number[]>
  transaction<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T>
}

/** `onTold` hears what each commit tells of and hands over. */
export function createMemoryStore(
  now: () => number,
  delayMs: number,
  onTold: (news: readonly News[], handOvers: readonly NewHandOver[]) => void,
): MemoryStore {
  const told = new Map<string, Map<string, number>>()
  const looks = new Map<string, number>()
  return {
    looks,
    wantLooks: async (happenings) =>
      happenings.map(({ conversationId, dueInMs }) => {
        const waiting = looks.get(conversationId) ?? Infinity
        if (waiting > now() + delayMs) looks.set(conversationId, now() + dueInMs)
        return looks.get(conversationId)! - now()
      }),
    async transaction(_tenantId, work) {
      const before = new Map([...told].map(([id, marks]) => [id, new Map(marks)]))
      let news: readonly News[] = []
      let handOvers: readonly NewHandOver[] = []
      const unit: Pick<UnitOfWork, 'told' | 'notifications' | 'handOvers'> = {
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
      }
      try {
        const result = await work(unit as UnitOfWork)
        if (news.length > 0) onTold(news, handOvers)
        return result
      } catch (err) {
        told.clear()
        for (const [key, value] of before) told.set(key, value)
        throw err
      }
    },
  }
}
