import type { CannedReply } from '@parley/contracts'
import type { RestApi } from '../net/rest-api.ts'

interface Asked {
  limit?: number
  cursor?: string | undefined
}

/** The replies that somebody has at hand, as they read in a conversation. Each rejects with `RequestFailure`. */
export class CannedReplies {
  readonly #rest: RestApi

  constructor(rest: RestApi) {
    this.#rest = rest
  }

  /** By shortcut; `query`: how that begins, or what the text has in it. */
  list(conversationId: string, query: string, { limit, cursor }: Asked = {}) {
    return this.#rest.listCannedReplies({
      conversationId,
      ...(query && { q: query }),
      ...(limit !== undefined && { limit }),
      ...(cursor !== undefined && { cursor }),
    })
  }

  keep(shortcut: string, text: string): Promise<CannedReply> {
    return this.#rest.putCannedReply({ shortcut, text })
  }

  async remove(shortcut: string): Promise<void> {
    await this.#rest.deleteCannedReply({ shortcut })
  }
}
