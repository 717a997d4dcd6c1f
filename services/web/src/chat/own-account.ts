import type { Me, OpenReports, OwnSessions, UpdateMe } from '@parley/contracts'
import { isRefusal, type OnRefused, toRequestFailure } from '../net/request-failure.ts'
import type { RestApi } from '../net/rest-api.ts'
import type { ChatStore } from './chat-store.ts'

interface OwnAccountDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  rest: Pick<RestApi, 'getMe' | 'getPolicy' | 'updateMe' | 'listSessions' | 'endSession'>
  /** Answers admins only. */
  countReports(): Promise<OpenReports>
  /** Who somebody is has been said. */
  onKnown(me: Me): void
  /** The token is not, or no longer, good. */
  onRefused: OnRefused
}

/**
 * What the server says of this person: who they are, what the rules let them do, and to an admin how many reports wait. An answer that
 * something newer has overtaken is dropped.
 */
export class OwnAccount {
  readonly #deps: OwnAccountDeps
  #policiesAsked = 0

  constructor(deps: OwnAccountDeps) {
    this.#deps = deps
  }

  async learnMe(): Promise<void> {
    const { store, rest, onRefused } = this.#deps
    try {
      const me = await rest.getMe()
      // The socket's `ready` says it as well, and what somebody has changed since.
      if (!store.getState().me) this.know(me)
    } catch (err) {
      const failure = toRequestFailure(err)
      // Anything else: `ready` says it.
      if (isRefusal(failure.code)) onRefused(failure.message, failure.code)
    }
  }

  know(me: Me): void {
    this.#deps.store.dispatch({ type: 'me_known', me })
    this.#deps.onKnown(me)
  }

  /** What they decide for themself. @throws RequestFailure */
  async change(settings: UpdateMe): Promise<void> {
    this.know(await this.#deps.rest.updateMe(settings))
  }

  /** Where they are signed in. @throws RequestFailure */
  listSessions(): Promise<OwnSessions> {
    return this.#deps.rest.listSessions()
  }

  /** Signs them out on another device. @throws RequestFailure */
  async endSession(sessionId: string): Promise<void> {
    await this.#deps.rest.endSession({ sessionId })
  }

  /** Without an answer what is known stays. */
  async learnPolicy(): Promise<void> {
    const asked = ++this.#policiesAsked
    const policy = await this.#deps.rest.getPolicy().catch(() => null)
    if (policy && asked === this.#policiesAsked) this.#deps.store.dispatch({ type: 'policy_known', policy })
  }

  /** Later counts come live. */
  async countReports(): Promise<void> {
    const { store, countReports } = this.#deps
    const { me, openReports } = store.getState()
    if (me?.role !== 'admin') return
    const count = await countReports().catch(() => null)
    // One has come live meanwhile.
    if (!count || store.getState().openReports !== openReports) return
    store.dispatch({ type: 'reports_counted', open: count.open })
  }
}
