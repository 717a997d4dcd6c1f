/** Where somebody sends to. */
export interface SendPlace {
  tenantId: string
  conversationId: string
  senderId: string
}

/**
 * What one sends to a conversation one after the other stands there in that order, though files have to be claimed first, or the host is
 * asked. A sender who has nothing of that under way pays nothing for it.
 */
export class SendOrder {
  /** By place: settles, and never rejects, when the last message that waits for something there is on its way. */
  readonly #last = new Map<string, Promise<void>>()

  /** Whether anybody's message waits for its files, or for the host. */
  get isBusy(): boolean {
    return this.#last.size > 0
  }

  /** Resolves when the sender's messages that had to wait are on their way. */
  async before(place: SendPlace): Promise<void> {
    await this.#last.get(keyOf(place))
  }

  /** Calls `send` with what was prepared, in the order of these calls. */
  async inTurn<Prepared, Sent>(
    place: SendPlace,
    prepare: () => Promise<Prepared>,
    send: (prepared: Prepared) => Promise<Sent>,
  ): Promise<Sent> {
    const key = keyOf(place)
    const before = this.#last.get(key)
    const prepared = prepare()
    let sent: Promise<Sent> | undefined
    const onItsWay = Promise.all([prepared, before]).then(
      ([what]) => {
        sent = send(what)
        sent.catch(() => {}) // it is awaited below
      },
      () => {}, // so is what it waited for
    )
    this.#last.set(key, onItsWay)
    await onItsWay
    if (this.#last.get(key) === onItsWay) this.#last.delete(key)
    await prepared
    return sent!
  }
}

const keyOf = ({ tenantId, conversationId, senderId }: SendPlace) =>
  JSON.stringify([tenantId, conversationId, senderId])
