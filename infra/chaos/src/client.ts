import type { ClientEventName, Message, ServerEvent, ServerEventName, SyncResult } from '@parley/contracts'
import { io, type Socket } from 'socket.io-client'
import type { Recorder } from './measures.ts'
import { followOrder, type Shown, type Violation } from './model.ts'
import { type Answer, callRest } from './rest.ts'
import { createScreen, type Screen, toShown } from './screen.ts'
import { createSyncing, type SyncWish } from './syncing.ts'

export interface ClientOptions {
  url: string
  /** Where its socket connects, when not at `url`. */
  socketUrl?: string
  userId: string
  /** For reports: the user and which of their devices it is. */
  name: string
  token: string
  measures: Recorder
  violated: (violation: Violation) => void
}

export interface Client {
  readonly name: string
  readonly userId: string
  readonly connected: boolean
  /** When what it shows last changed, in milliseconds since the epoch. */
  readonly changedAt: number
  /** Messages by conversation, in the order in which they are shown. */
  shown(conversationId: string): Shown[] | undefined
  conversationIds(): string[]
  /** Everything that reached it, each message once, also of conversations that it no longer shows. */
  readonly reached: { conversationId: string; seq: number; createdAt: number }[]
  request<T>(event: ClientEventName, input: unknown): Promise<Answer<T>>
  /** What happened to it lately besides messages, for whoever looks for a cause. */
  readonly diary: readonly string[]
  /** Resolves when everything is loaded for the first time. */
  readonly loaded: Promise<void>
  close(): void
}

const ACK_TIMEOUT_MS = 6_000
const DIARY_LINES = 200

type Told = { event: 'new_message' | 'message_updated'; message: Message }

/**
 * A plain socket.io-client that appends what it hears: no SDK. It does what the documentation asks of one: it syncs after
 * every `ready` and on `resync_required`, loads a conversation that it is told of, and applies what it hears during a
 * sync when the sync is done.
 */
export function connectClient(options: ClientOptions): Client {
  const { url, userId, name, token, measures } = options
  const socket: Socket = io(options.socketUrl ?? url, {
    auth: { token },
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: 300,
    reconnectionDelayMax: 2_000,
  })
  const screens = new Map<string, Screen>()
  /** Conversations whose leaving was heard, and nothing of a return since. */
  const left = new Set<string>()
  /** How often the user's own coming or going was heard: a sync that was asked for before that is of another time. */
  const turns = new Map<string, number>()
  const turn = (id: string) => void turns.set(id, (turns.get(id) ?? 0) + 1)
  const reached: Client['reached'] = []
  const reachedIds = new Set<string>()
  const shownIds = new Set<string>()
  const since = { value: new Date(0).toISOString() }
  let changedAt = Date.now()
  let order = followOrder(name)
  let waiting: Told[] = []
  let isClosed = false

  const diary: string[] = []
  const note = (text: string) => {
    diary.push(`${new Date().toISOString()} ${text}`)
    if (diary.length > DIARY_LINES) diary.shift()
  }

  const request = async <T>(event: ClientEventName, input: unknown): Promise<Answer<T>> => {
    // The library would keep it and send it later, beside our own retry.
    if (!socket.connected) return { ok: false, code: 'disconnected' }
    try {
      const reply = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, input)
      return reply.ok ? reply : { ok: false, code: reply.error.code, retryAfterMs: reply.error.retryAfterMs }
    } catch {
      return { ok: false, code: socket.connected ? 'timeout' : 'disconnected' }
    }
  }

  const violate = (kind: Violation['kind'], conversationId: string, detail: string) =>
    options.violated({ kind, conversationId, detail: `${name} ${detail}`, at: Date.now() })

  const reach = ({ id, conversationId, seq, createdAt }: Message) => {
    if (reachedIds.has(id)) return
    reachedIds.add(id)
    reached.push({ conversationId, seq, createdAt: Date.parse(createdAt) })
  }

  /** Puts a message on the screen. What is history to somebody who opens a conversation was not waited for. */
  const put = (screen: Screen, message: Message, isHistory: boolean) => {
    if (screen.put(toShown(message))) changedAt = Date.now()
    if (shownIds.has(message.id)) return
    shownIds.add(message.id)
    reach(message)
    const createdAt = Date.parse(message.createdAt)
    if (!isHistory) measures.delivered(createdAt, `seq ${message.seq} of ${message.conversationId} to ${name}`)
  }

  const tell = ({ event, message }: Told) => {
    const screen = screens.get(message.conversationId)
    if (!screen) {
      // Not told of it, or too late: whoever is in it can load it.
      if (!left.has(message.conversationId)) syncing.want({ all: false, ids: [message.conversationId] })
    } else if (event === 'new_message' || screen.has(message.id)) put(screen, message, false)
    else violate('OUT OF ORDER', message.conversationId, `heard an update of seq ${message.seq} before the message`)
  }

  const hear = (told: Told) => {
    const { event, message } = told
    const { conversationId, id, seq } = message
    for (const violation of order({ event, conversationId, id, seq })) options.violated(violation)
    if (left.has(conversationId))
      violate('UNEXPECTED', conversationId, `heard ${event} of seq ${seq} of ${message.createdAt} after leaving`)
    reach(message)
    if (syncing.isBusy) waiting.push(told)
    else tell(told)
  }

  const forget = (conversationId: string) => {
    if (screens.delete(conversationId)) changedAt = Date.now()
    waiting = waiting.filter(({ message }) => message.conversationId !== conversationId)
  }

  /** Merges what a sync brought, with the pages between, if it brought only the latest; false: it is out of date. */
  const merge = async (changes: SyncResult['conversations'][number], isOfNow: () => boolean): Promise<boolean> => {
    const { conversation, reset, restored = false } = changes
    if (restored) note(`${conversation.id} was restored`)
    const present = screens.get(conversation.id)
    const isNew = present === undefined
    const screen = (!reset && present) || createScreen()
    const messages = [...changes.messages]
    let oldest = messages[0]?.seq ?? 0
    for (let hasMore = changes.hasMore; hasMore && oldest > screen.cursorSeq + 1; ) {
      const path = `/conversations/${conversation.id}/messages?before=${oldest}&limit=100`
      const page = await callRest<{ data: Message[]; hasMore: boolean }>(url, token, 'GET', path)
      if (!page.ok && page.code === 'not_found') break // removed meanwhile; that will be heard
      if (!page.ok) throw new Error(page.code)
      messages.unshift(...page.data.data)
      oldest = page.data.data[0]?.seq ?? 0
      hasMore = page.data.hasMore
    }
    if (!isOfNow()) return false
    if (reset)
      waiting = waiting.filter(({ message: { conversationId, seq } }) => {
        return (
          conversationId !== conversation.id ||
          (!restored && (seq > conversation.lastSeq || messages.some((one) => one.seq === seq)))
        )
      })
    screens.set(conversation.id, screen)
    left.delete(conversation.id)
    for (const message of [...messages, ...changes.changed]) put(screen, message, isNew)
    screen.sort()
    screen.cursor = conversation.cursor
    screen.cursorSeq = conversation.lastSeq
    // what came live went with what is lost
    if (restored) syncing.want({ all: false, ids: [conversation.id] })
    return true
  }

  const sync = async ({ all, ids }: SyncWish): Promise<void> => {
    const named = new Set(all ? [...screens.keys(), ...ids] : ids)
    let at: string | undefined
    for (let hasMore = true; hasMore; ) {
      const cursors = [...named].map((conversationId) => ({
        conversationId,
        cursor: screens.get(conversationId)?.cursor ?? null,
      }))
      const asked = new Map(turns)
      const isOfNow = (id: string) => asked.get(id) === turns.get(id)
      const answer = await request<SyncResult>('sync', { cursors, ...(all && { since: since.value }) })
      if (answer.ok || answer.code !== 'disconnected')
        note(`sync of ${all ? 'all' : ids}: ${answer.ok ? summary(answer.data) : answer.code}`)
      if (!answer.ok) {
        if (answer.code !== 'disconnected') measures.failed(`sync: ${answer.code}`)
        throw new Error(answer.code)
      }
      for (const changes of answer.data.conversations) {
        const { id } = changes.conversation
        named.add(id)
        if (!(await merge(changes, () => isOfNow(id)))) syncing.want({ all: false, ids: [id] })
      }
      for (const conversationId of answer.data.gone) {
        named.delete(conversationId)
        if (isOfNow(conversationId)) forget(conversationId)
      }
      at ??= answer.data.at
      hasMore = answer.data.hasMore
    }
    if (all && at) since.value = at
  }

  const syncing = createSyncing({
    sync,
    done() {
      for (const told of waiting.splice(0)) tell(told)
    },
    isClosed: () => isClosed,
  })

  const on = <N extends ServerEventName>(event: N, handle: (data: ServerEvent<N>) => void) =>
    socket.on(event as string, handle)
  on('ready', () => {
    note('ready')
    order = followOrder(name)
    // Who was away does not know where they were let in again, and may hear of it before the sync tells.
    left.clear()
    syncing.want({ all: true, ids: [] })
  })
  on('new_message', (message) => hear({ event: 'new_message', message }))
  on('message_updated', (message) => hear({ event: 'message_updated', message }))
  on('new_conversation', ({ id }) => {
    // Somebody who comes back sees what is said from then on, and not what they saw before.
    note(`new_conversation ${id}`)
    left.delete(id)
    turn(id)
    forget(id)
    syncing.want({ all: false, ids: [id] })
  })
  on('participant_left', ({ conversationId, userId: whose }) => {
    if (whose !== userId) return
    note(`participant_left ${conversationId}`)
    left.add(conversationId)
    turn(conversationId)
    forget(conversationId)
  })
  on('resync_required', ({ conversationId }) => {
    note(`resync_required ${conversationId}`)
    measures.failed('resync_required')
    // They may have been let in again without hearing of it; the sync says so.
    if (conversationId === null) left.clear()
    else left.delete(conversationId)
    syncing.want(conversationId === null ? { all: true, ids: [] } : { all: false, ids: [conversationId] })
  })

  /** The library does not come back by itself after the server closed the socket or refused it. */
  const comeBack = () =>
    void setTimeout(() => !isClosed && !socket.active && socket.connect(), 200 + Math.random() * 500)
  socket.on('disconnect', (reason) => {
    note(`disconnect: ${reason}`)
    if (!isClosed) measures.failed(`socket: ${reason}`)
    if (reason === 'io server disconnect') comeBack()
  })
  socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
    measures.failed(`connect: ${error.data?.code ?? error.message}`)
    comeBack()
  })

  return {
    name,
    userId,
    get connected() {
      return socket.connected && !syncing.isBusy
    },
    get changedAt() {
      return changedAt
    },
    shown: (conversationId) => screens.get(conversationId)?.list(),
    conversationIds: () => [...screens.keys()],
    reached,
    diary,
    request,
    loaded: syncing.first,
    close() {
      isClosed = true
      socket.disconnect()
    },
  }
}

function summary({ conversations, gone }: SyncResult): string {
  const changes = conversations.map(({ conversation: { id, lastSeq, rev } }) => `${id} at ${lastSeq}.${rev}`)
  return [...changes, ...gone.map((id) => `${id} gone`)].join(', ') || 'nothing new'
}
