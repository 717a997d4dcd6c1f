import type { CreateReport, Participant, ParticipantRole, UpdateConversation } from '@parley/contracts'
import type { RestApi } from '../net/rest-api.ts'
import type { ChatStore } from './chat-store.ts'
import { PeopleSearch } from './people-search.ts'

export type GroupDetails = Pick<UpdateConversation, 'title' | 'pictureUrl'>

/**
 * What people do with each other: come into a group and leave it, block, report. Each throws `RequestFailure`, and puts
 * into the store at once what the others hear live.
 */
export class PeopleActions {
  readonly #store: ChatStore
  readonly #rest: RestApi
  /** Whom one may see, by name or id. */
  readonly search: PeopleSearch

  constructor(store: ChatStore, rest: RestApi) {
    this.#store = store
    this.#rest = rest
    this.search = new PeopleSearch({
      search: rest.searchUsers,
      profile: (userId) => rest.getUser({ userId }),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    })
  }

  async add(conversationId: string, userId: string): Promise<Participant> {
    const participant = await this.#rest.addParticipant({ conversationId, userId })
    this.#store.dispatch({ type: 'participant_joined', event: { conversationId, participant } })
    return participant
  }

  async setRole(conversationId: string, userId: string, role: ParticipantRole): Promise<void> {
    await this.#rest.updateParticipant({ conversationId, userId, role })
    await this.refresh(conversationId)
  }

  async remove(conversationId: string, userId: string): Promise<void> {
    await this.#rest.removeParticipant({ conversationId, userId })
    this.#store.dispatch({ type: 'participant_left', event: { conversationId, userId } })
  }

  async leave(conversationId: string): Promise<void> {
    const { me } = this.#store.getState()
    if (me) await this.remove(conversationId, me.userId)
  }

  async changeDetails(conversationId: string, details: GroupDetails): Promise<void> {
    const asked = this.#store.getState().turnover
    const conversation = await this.#rest.updateConversation({ conversationId, ...details })
    this.#store.dispatch({ type: 'conversation_loaded', conversation, asked })
  }

  /** Everybody who is in it: a list of conversations carries only some. */
  async refresh(conversationId: string): Promise<void> {
    const asked = this.#store.getState().turnover
    const conversation = await this.#rest.getConversation({ conversationId })
    this.#store.dispatch({ type: 'conversation_loaded', conversation, asked })
  }

  async block(userId: string): Promise<void> {
    await this.#rest.blockUser({ userId })
    this.#store.dispatch({ type: 'block_changed', userId, blocked: true })
  }

  async unblock(userId: string): Promise<void> {
    await this.#rest.unblockUser({ userId })
    this.#store.dispatch({ type: 'block_changed', userId, blocked: false })
  }

  /** Whom this person has blocked, here or on another device. Without an answer what is known stays. */
  async learnBlocks(): Promise<void> {
    const userIds: string[] = []
    const before = this.#store.getState().blocked
    try {
      let cursor: string | null | undefined
      do {
        const { data, nextCursor } = await this.listBlocks(cursor ?? undefined)
        userIds.push(...data.map(({ userId }) => userId))
        cursor = nextCursor
      } while (cursor)
    } catch {
      return
    }
    this.#store.dispatch({ type: 'blocks_known', userIds, before })
  }

  /** A page of them, with their names. @throws RequestFailure */
  listBlocks(cursor: string | undefined) {
    return this.#rest.listBlocks({ limit: 100, cursor })
  }

  async report(report: CreateReport): Promise<void> {
    await this.#rest.report(report)
  }
}
