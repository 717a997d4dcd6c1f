import type { Message } from '@parley/contracts'
import { expect } from 'vitest'
import { type ConversationModel, SECRETIVE } from './conversation-model.ts'

interface Heard {
  event: string
  data: Record<string, unknown>
}

/**
 * A client as the documentation asks for, for tests: it loads when it is ready and where it is told to sync or of a
 * conversation, and applies what it hears meanwhile afterwards. Without `pause`, how long a sync takes each way, it never
 * asks, and shows only what it hears.
 */
export class ModelClient {
  readonly userId: string
  readonly heard: Heard[] = []
  /** By conversation, then seq. */
  readonly #screens = new Map<string, Map<number, Message>>()
  /** The revision by which the stay began that is shown. */
  readonly #stays = new Map<string, number>()
  readonly #conversations: readonly ConversationModel[]
  readonly #pause: (() => Promise<void>) | undefined
  /** How often the user's coming or going was heard: a sync that was asked for before that is of another time. */
  readonly #turns = new Map<string, number>()
  #syncing = 0
  #last = Promise.resolve()
  #waiting: Heard[] = []
  #isClosed = false

  constructor(userId: string, conversations: readonly ConversationModel[], pause: (() => Promise<void>) | undefined) {
    this.userId = userId
    this.#conversations = conversations
    this.#pause = pause
  }

  ready(): void {
    for (const { id } of this.#conversations) this.#sync(id)
  }

  close(): void {
    this.#isClosed = true
  }

  hear(event: string, data: Record<string, unknown>): void {
    this.heard.push({ event, data })
    const id = (data.conversationId ?? data.id) as string | null
    const isTurn = event === 'new_conversation' || (event === 'participant_left' && data.userId === this.userId)
    if (id !== null && isTurn) {
      this.#turns.set(id, (this.#turns.get(id) ?? 0) + 1)
      this.#screens.delete(id)
      this.#waiting = this.#waiting.filter((one) => one.data.conversationId !== id)
    }
    if (event === 'new_conversation') {
      if (this.#pause) this.#sync(id!)
      else this.#screens.set(id!, new Map())
    } else if (event === 'resync_required') {
      if (!this.#pause) expect.fail(`told to sync without need: ${this.userId}`)
      for (const one of this.#conversations) if (id === null || id === one.id) this.#sync(one.id)
    } else if (event === 'new_message' || event === 'message_updated') {
      if (this.#syncing > 0) this.#waiting.push({ event, data })
      else this.#apply({ event, data })
    }
  }

  #apply({ event, data }: Heard): void {
    const message = data as unknown as Message
    const screen = this.#screens.get(message.conversationId)
    if (screen) this.#put(screen, message)
    else if (this.#pause && event === 'new_message') this.#sync(message.conversationId)
  }

  #put(screen: Map<number, Message>, message: Message): void {
    if ((screen.get(message.seq)?.rev ?? -1) < message.rev) screen.set(message.seq, message)
  }

  /** One sync after the other: an earlier answer must not undo a later one. */
  #sync(id: string): void {
    const pause = this.#pause
    if (!pause) return
    this.#syncing++
    this.#last = this.#last
      .then(() => this.#load(id, pause))
      .then(() => {
        this.#syncing--
        if (this.#syncing === 0) for (const told of this.#waiting.splice(0)) this.#apply(told)
      })
  }

  async #load(id: string, pause: () => Promise<void>): Promise<void> {
    while (!this.#isClosed) {
      const turn = this.#turns.get(id)
      await pause()
      const one = this.#conversations.find((conversation) => conversation.id === id)!
      const from = one.visibleFrom(this.userId)
      const messages = one.messages.filter(({ seq }) => seq > from).map((message) => ({ ...message }))
      const stay = one.joinedRev(this.userId)
      await pause()
      if (this.#turns.get(id) !== turn) continue
      if (stay === undefined) this.#screens.delete(id)
      else {
        // as `reset` says
        if (this.#stays.get(id) !== stay) this.#forget(id, from)
        this.#stays.set(id, stay)
        const screen = this.#screens.get(id) ?? new Map<number, Message>()
        this.#screens.set(id, screen)
        for (const message of messages) this.#put(screen, message)
      }
      return
    }
  }

  /** What is held of an earlier stay, and what was heard that the answer would have named, had it been of this one. */
  #forget(id: string, from: number): void {
    this.#screens.delete(id)
    this.#waiting = this.#waiting.filter(({ data }) => {
      const message = data as unknown as Message
      return message.conversationId !== id || message.seq > from
    })
  }

  /** Each message was heard once, in order, before its changes, and only what was the user's to hear. */
  checkOrder(): void {
    for (const one of this.#conversations) {
      const last = { seq: 0, revs: new Map<number, number>() }
      let isOut = false
      for (const { event, data } of this.heard) {
        if ((data.conversationId ?? data.id) !== one.id) continue
        const about = `${this.userId} hears ${event} ${JSON.stringify(data)}`
        if (event === 'new_conversation' || event === 'resync_required') isOut = false
        else if (event === 'participant_left' && data.userId === this.userId) isOut = true
        else if (isOut) expect.fail(`${about}, after leaving`)
        const isTold = data.userId !== this.userId && [data.userId, this.userId].includes(SECRETIVE)
        if (event === 'messages_read' && isTold) expect.fail(`${about}, which is kept from them`)
        if (event !== 'new_message' && event !== 'message_updated') continue
        const { seq, rev } = data as unknown as Message
        if (!one.everSaw(this.userId, seq)) expect.fail(`${about}, which is not for them`)
        if (event === 'new_message') {
          if (seq <= last.seq) expect.fail(`${about} after ${last.seq}`)
          if (last.revs.has(seq)) expect.fail(`${about} after an update of it`)
          last.seq = seq
        } else if ((last.revs.get(seq) ?? -1) >= rev) expect.fail(`${about} after revision ${last.revs.get(seq)}`)
        last.revs.set(seq, rev)
      }
    }
  }

  /** What is shown in the end is what the database has. */
  checkScreen(): void {
    for (const one of this.#conversations) {
      const screen = this.#screens.get(one.id)
      const about = `${this.userId} in ${one.id.slice(-1)} after ${JSON.stringify(this.heard)}`
      if ((screen !== undefined) !== one.isIn(this.userId)) expect.fail(`shows it: ${screen !== undefined}: ${about}`)
      if (!screen) continue
      const from = one.visibleFrom(this.userId)
      const expected = one.messages.filter(({ seq }) => seq > from).map(({ seq, rev }) => [seq, rev])
      const shown = [...screen.values()].sort((a, b) => a.seq - b.seq).map(({ seq, rev }) => [seq, rev])
      expect(shown, about).toEqual(expected)
    }
  }
}
