/** Where somebody sends to. */
export interface SendPlace {
  tenantId: string
  conversationId: string
  senderId: string
}

/**
 * What one sends to a conversation one after the other stands there in that order, though files have to be claimed first. A sender
 * who has no claim under way pays nothing for it.
 */
export class ClaimOrder {
  /** By place: settles, and never rejects, when the last message that waits for files there is on its way. */
  readonly #last = new Map<string, Promise<void>>()

  /** Whether anybody's message waits for its files. */
  get isBusy(): boolean {
    return this.#last.size > 0
  }

  /** Resolves when the sender's messages with files are on their way. */
  async before(place: SendPlace): Promise<void> {
    await this.#last.get(keyOf(place))
  }

  /** Calls `send` with what was claimed, in the order of these calls. */
  async inTurn<Claimed, Sent>(
    place: SendPlace,
    claim: () => Promise<Claimed>,
    send: (claimed: Claimed) => Promise<Sent>,
  ): Promise<Sent> {
    const key = keyOf(place)
    const before = this.#last.get(key)
    const claimed = claim()
    let sent: Promise<Sent> | undefined
    const onItsWay = Promise.all([claimed, before]).then(
      ([what]) => {
        sent = send(what)
        sent.catch(() => {}) // it is awaited below
      },
      () => {}, // so is the claim
    )
    this.#last.set(key, onItsWay)
    await onItsWay
    if (this.#last.get(key) === onItsWay) this.#last.delete(key)
    await claimed
    return sent!
  }
}

const keyOf = ({ tenantId, conversationId, senderId }: SendPlace) =>
  JSON.stringify([tenantId, conversationId, senderId])
