import type { Page, SearchUsers, UserProfile } from '@parley/contracts'
import { toRequestFailure } from '../net/request-failure.ts'
import type { HeldConversation } from './chat-state.ts'
import { byActivity } from './conversations.ts'

interface PeopleSearchDeps {
  /** By the beginnings of the words of a name. */
  search(input: SearchUsers): Promise<Page<UserProfile>>
  /** By the whole id; rejects with `not_found` where nobody may be seen under it. */
  profile(userId: string): Promise<UserProfile>
  wait(ms: number): Promise<void>
}

/** Between two keys nobody is asked. */
const PAUSE_MS = 200
/** The contract's bounds. */
const MAX_WORDS = 100
const MAX_ID = 128
/** A page may hold fewer than follow: so many are looked through. */
const PAGES = 3
const ENOUGH = 12

/** Finds people by what is typed: by name, or by an id that is somebody's. Only the answer to what was typed last counts. */
export class PeopleSearch {
  readonly #deps: PeopleSearchDeps
  #latest = 0

  constructor(deps: PeopleSearchDeps) {
    this.#deps = deps
  }

  /** Null: something else has been typed since. @throws RequestFailure */
  async find(typed: string): Promise<readonly UserProfile[] | null> {
    const mine = ++this.#latest
    const words = typed.trim()
    if (!words) return []
    await this.#deps.wait(PAUSE_MS)
    if (mine !== this.#latest) return null
    const [named, holder] = await Promise.all([this.#byName(words), this.#byId(words)])
    if (mine !== this.#latest) return null
    return holder ? [holder, ...named.filter(({ userId }) => userId !== holder.userId)] : named
  }

  async #byName(words: string): Promise<UserProfile[]> {
    const found: UserProfile[] = []
    if (words.length > MAX_WORDS) return found
    let cursor: string | undefined
    for (let page = 0; page < PAGES && found.length < ENOUGH; page++) {
      const { data, nextCursor } = await this.#deps.search({ q: words, limit: 20, ...(cursor && { cursor }) })
      found.push(...data)
      if (!nextCursor) break
      cursor = nextCursor
    }
    return found
  }

  async #byId(words: string): Promise<UserProfile | null> {
    if (words.length > MAX_ID) return null
    try {
      return await this.#deps.profile(words)
    } catch (err) {
      const { code } = toRequestFailure(err)
      // Not an id at all, or nobody's.
      if (code === 'not_found' || code === 'invalid_input') return null
      throw err
    }
  }
}

/** With whom somebody has written, the latest first: whom they most likely look for. */
export function peopleKnown(
  conversations: Readonly<Record<string, HeldConversation>>,
  myId: string | undefined,
): UserProfile[] {
  const known = new Map<string, UserProfile>()
  for (const { participants } of byActivity(conversations))
    for (const { userId, name, avatarUrl } of participants)
      if (userId !== myId && !known.has(userId)) known.set(userId, { userId, name, avatarUrl })
  return [...known.values()]
}
