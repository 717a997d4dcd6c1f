import type { Head } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { type ChatSocket, conversationRoom } from '../io.ts'
import type { Lines } from './lines.ts'

/** How often a socket is told where the conversations stand that it has open. */
const OFFER_MS = 30_000
const ROOM = conversationRoom('')

export interface HeadOffersOptions {
  lines: Pick<Lines, 'headOf' | 'confirm'>
  log: Logger
}

/**
 * Tells sockets where the conversations stand that they have open, each socket in a rhythm of its own, so that a client finds by itself what
 * was lost on its way. What was lost on the way to this gateway is found before: of the conversations in which nothing has come for a while
 * the gateway asks once, for all sockets together. Without an open conversation there is neither a timer nor a question.
 */
export class HeadOffers {
  readonly #lines: HeadOffersOptions['lines']
  readonly #log: Logger
  readonly #timers = new Map<ChatSocket, NodeJS.Timeout>()
  #asking: NodeJS.Timeout | undefined

  constructor({ lines, log }: HeadOffersOptions) {
    this.#lines = lines
    this.#log = log
  }

  /** The socket has opened a conversation. */
  opened(socket: ChatSocket): void {
    if (this.#timers.has(socket)) return
    const next = (ms: number) => {
      this.#timers.set(
        socket,
        setTimeout(() => {
          if (this.#offer(socket)) next(OFFER_MS)
          else this.closed(socket)
        }, ms),
      )
    }
    next(Math.random() * OFFER_MS)
    this.#asking ??= setInterval(() => this.#ask(), OFFER_MS)
  }

  /** The socket is gone, or has none open any more. */
  closed(socket: ChatSocket): void {
    clearTimeout(this.#timers.get(socket))
    this.#timers.delete(socket)
    if (this.#timers.size > 0) return
    clearInterval(this.#asking)
    this.#asking = undefined
  }

  end(): void {
    for (const socket of this.#timers.keys()) this.closed(socket)
  }

  /** False where it has none open. What waits behind a slow client is not worth more of it. */
  #offer(socket: ChatSocket): boolean {
    const open = openTo(socket)
    const heads = open.flatMap((conversationId): Head[] => {
      const head = this.#lines.headOf(conversationId)
      return head ? [{ conversationId, ...head }] : []
    })
    if (heads.length > 0) socket.volatile.emit('heads', { heads })
    return open.length > 0
  }

  #ask(): void {
    const open = new Set([...this.#timers.keys()].flatMap(openTo))
    this.#lines
      .confirm([...open], OFFER_MS)
      .catch((err) => this.#log.info({ err }, 'where open conversations stand could not be asked; later again'))
  }
}

const openTo = ({ rooms }: ChatSocket): string[] =>
  [...rooms].flatMap((room) => (room.startsWith(ROOM) ? room.slice(ROOM.length) : []))
