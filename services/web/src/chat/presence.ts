import type { Presence } from '@parley/contracts'
import { counterpart } from '../text/names.ts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'

/** As many people as a socket hears of. */
const MAX_WATCHED = 200
/** A list that is loading changes many times in a moment. */
const TOGETHER_MS = 300
const RETRY_MS = 5_000

interface PresenceKeeperDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  get: (userIds: string[]) => Promise<readonly Presence[]>
  set: (said: { state: 'active' | 'away'; conversationId: string | null }) => Promise<unknown>
  /** Whether the page is on the screen at all. */
  isVisible: () => boolean
  later: (run: () => void, ms: number) => () => void
}

/**
 * Says whether somebody looks at this page, and at which conversation, and asks for the others of the direct conversations that it holds, the
 * most recent first. A socket that is new knows nothing of either.
 */
export class PresenceKeeper {
  readonly #deps: PresenceKeeperDeps
  #said = ''
  #asked = ''
  #conversations: ChatState['conversations'] | null = null
  #cancel: (() => void) | null = null
  #isAsking = false

  constructor(deps: PresenceKeeperDeps) {
    this.#deps = deps
  }

  /** The socket is new. */
  restart(): void {
    this.#said = this.#asked = ''
    this.#conversations = null
    this.evaluate()
  }

  /** Called after every change of the state, and when the page is shown or hidden; does nothing most of the time. */
  evaluate(): void {
    const { connection, conversations } = this.#deps.store.getState()
    if (connection !== 'online') return
    this.#say()
    if (conversations === this.#conversations) return
    this.#conversations = conversations
    this.#askLater(TOGETHER_MS)
  }

  [Symbol.dispose](): void {
    this.#cancel?.()
  }

  #say(): void {
    const { store, set, isVisible } = this.#deps
    const { attentive, openId } = store.getState()
    const said = { state: isVisible() ? 'active' : 'away', conversationId: attentive ? openId : null } as const
    const text = JSON.stringify(said)
    if (text === this.#said) return
    this.#said = text
    set(said).catch(() => {
      if (this.#said === text) this.#said = ''
    })
  }

  #askLater(ms: number): void {
    this.#cancel ??= this.#deps.later(() => {
      this.#cancel = null
      void this.#ask()
    }, ms)
  }

  async #ask(): Promise<void> {
    const { store, get } = this.#deps
    const wanted = watchedIn(store.getState())
    const text = JSON.stringify([...wanted].sort())
    if (text === this.#asked) return
    if (this.#isAsking) return this.#askLater(TOGETHER_MS)
    this.#isAsking = true
    this.#asked = text
    try {
      store.dispatch({ type: 'presence_known', people: await get(wanted) })
    } catch {
      if (this.#asked === text) this.#asked = ''
      this.#askLater(RETRY_MS)
    } finally {
      this.#isAsking = false
    }
  }
}

/** Whom this page wants to hear of. */
function watchedIn({ conversations, me }: ChatState): string[] {
  const direct = Object.values(conversations)
    .flatMap((conversation) => {
      const other = counterpart(conversation, me?.userId)
      return other ? { userId: other.userId, at: conversation.activityAt } : []
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1))
  return [...new Set(direct.map(({ userId }) => userId))].slice(0, MAX_WATCHED)
}

/** What is known of people, with this. Of whom nothing may be known there is nothing. */
export function withPresence(known: ChatState['presence'], people: readonly Presence[]): ChatState['presence'] {
  const next = { ...known }
  for (const presence of people)
    if (presence.state === 'unknown') delete next[presence.userId]
    else next[presence.userId] = presence
  return next
}
