import { type LiveAudience, type Message, ParleyError, type UserProfile } from '@parley/contracts'
import type { Change, CommittedBatch, MessageDraft } from '@parley/domain'
import type { Lane } from '../database.ts'
import { isTransient, sqlStateOf } from '../database-errors.ts'

/** A batch is cut at this many messages and about this many bytes; JSON and UTF-8 may at most treble the text. */
const MAX_ITEMS = 500
const MAX_BYTES = 256 * 1024
/** A message that could not be appended by then is given back to its sender as `unavailable`. */
const ITEM_DEADLINE_MS = 1_500

const APPEND = 'SELECT append_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)'

type Verdict = 'fresh' | 'duplicate' | 'locked' | RefusalCode
type RefusalCode = 'not_found' | 'key_reused' | 'forbidden' | 'conversation_closed' | 'conversation_read_only'
type ItemRow =
  | [
      verdict: 'fresh' | 'duplicate',
      seq: number,
      id: string,
      atMs: number,
      rev: number,
      name: string | null,
      avatarUrl: string | null,
      lastSeq?: number,
    ]
  | [verdict: Exclude<Verdict, 'fresh' | 'duplicate'>]
interface AppendReply {
  event: number | null
  items: ItemRow[]
  audiences: Record<string, [version: number, userIds: string[] | null]> | null
}

const refusals: Record<RefusalCode, string> = {
  not_found: 'No such conversation',
  key_reused: 'This clientId was used for another message',
  forbidden: 'This account is disabled',
  conversation_closed: 'This conversation is closed',
  conversation_read_only: 'This conversation can only be read',
}

type Appended = { message: Message; created: boolean }
interface Item {
  draft: MessageDraft
  deadline: number
  resolve: (appended: Appended) => void
  reject: (err: unknown) => void
  /** The same request again while the first is on its way: answered with what becomes of it. */
  repeats: Item[]
}

export interface AppendBatcherOptions {
  /** Where batches go, one at a time. */
  fast: Lane
  /** Where messages to conversations go that somebody else has locked, so that they keep nobody waiting. */
  slow: Lane
  onCommitted: (batch: CommittedBatch) => void
  /** Outbox entries that were acknowledged since, to be deleted on the way. */
  takeAcknowledged: () => number[]
  giveBackAcknowledged: (eventIds: number[]) => void
}

/**
 * Collects concurrent appends into batches: while one is in flight, what arrives waits for the next. Order per conversation
 * is arrival order: once a message has to wait for a lock, those behind it in the same conversation wait with it.
 */
export function createAppendBatcher(options: AppendBatcherOptions) {
  const { fast, slow, onCommitted } = options
  let queue: Item[] = []
  let slowQueue: Item[] = []
  /** Conversations with messages in the slow queue or on the slow lane. */
  const waiting = new Map<string, number>()
  let fastBusy = false
  let slowBusy = false

  const send = (lane: Lane, items: Item[], wait: boolean): Promise<AppendReply> => {
    const acknowledged = options.takeAcknowledged()
    const drafts = items.map((item) => item.draft)
    return lane
      .call<AppendReply>('append_messages', APPEND, [
        drafts.map((d) => d.tenantId),
        drafts.map((d) => d.conversationId),
        drafts.map((d) => d.senderId),
        drafts.map((d) => d.clientId),
        drafts.map((d) => d.bodyHash),
        drafts.map((d) => d.id),
        drafts.map((d) => d.type),
        drafts.map((d) => d.content),
        acknowledged,
        wait,
      ])
      .catch((err) => {
        options.giveBackAcknowledged(acknowledged)
        throw err
      })
  }

  /** Answers every item of a committed batch; returns those whose conversation is locked. */
  const settle = (items: Item[], reply: AppendReply): Item[] => {
    const changes: Change[] = []
    const hints: CommittedBatch['hints'] = []
    const locked: Item[] = []
    for (const [i, item] of items.entries()) {
      const row = reply.items[i]!
      if (row[0] === 'locked') locked.push(item)
      else if (row[0] === 'fresh' || row[0] === 'duplicate') {
        const [, seq, , , rev] = row
        const { tenantId, conversationId } = item.draft
        const message = toAppendedMessage(item.draft, row)
        const audience = audienceOf(reply, conversationId)
        if (row[0] === 'fresh')
          changes.push({
            type: 'message.created',
            tenantId,
            conversationId,
            seq,
            rev,
            at: message.createdAt,
            data: message,
            head: { seq, rev },
            live: [{ event: 'new_message', data: message, audience, span: 1, aboutSeq: seq }],
          })
        // A retry means that the first reply was lost, and perhaps the live envelope with it.
        else hints.push({ tenantId, head: { conversationId, seq: row[7]!, rev } })
        item.resolve({ message, created: row[0] === 'fresh' })
        for (const repeat of item.repeats) repeat.resolve({ message, created: false })
      } else refuse(item, new ParleyError(row[0], refusals[row[0]]))
    }
    if (reply.event !== null || hints.length > 0)
      onCommitted({ eventId: reply.event ?? 0, changes, personal: [], hints })
    return locked
  }

  const refuse = (item: Item, err: unknown) => {
    item.reject(err)
    for (const repeat of item.repeats) repeat.reject(err)
  }

  /**
   * Runs a batch to its end, whatever it takes: a transient fault is retried until the items' deadline, a fault in the data
   * is searched by halving, so that one bad item costs the others milliseconds.
   */
  const run = async (lane: Lane, items: Item[], wait: boolean): Promise<Item[]> => {
    for (let attempt = 0; items.length > 0; attempt++) {
      try {
        return settle(items, await send(lane, items, wait))
      } catch (err) {
        if (sqlStateOf(err) === '55P03') return items
        if (isTransient(err)) {
          items = expire(items, err)
          await new Promise((resolve) => setTimeout(resolve, Math.min(20 * 2 ** attempt, 250)))
        } else if (items.length === 1) {
          refuse(items[0]!, asBadItem(err))
          return []
        } else {
          const half = items.length >> 1
          return [...(await run(lane, items.slice(0, half), wait)), ...(await run(lane, items.slice(half), wait))]
        }
      }
    }
    return []
  }

  /** Gives up on what has waited too long; the rest tries again. */
  const expire = (items: Item[], cause: unknown): Item[] => {
    const now = performance.now()
    return items.filter((item) => {
      if (item.deadline > now) return true
      const locked = sqlStateOf(cause) === '55P03'
      refuse(
        item,
        new ParleyError(
          'unavailable',
          locked ? 'The conversation is busy; try again' : 'The database is out of reach; try again',
          {
            retryAfterMs: locked ? 250 : 1_000,
            cause,
          },
        ),
      )
      return false
    })
  }

  const pump = async () => {
    fastBusy = true
    while (queue.length > 0) {
      const { batch, rest } = cut(queue, waiting)
      queue = rest.queue
      for (const item of rest.slow) toSlow(item)
      if (batch.length > 0) for (const item of await run(fast, batch, false)) toSlow(item)
    }
    fastBusy = false
  }

  const toSlow = (item: Item) => {
    slowQueue.push(item)
    const { conversationId } = item.draft
    waiting.set(conversationId, (waiting.get(conversationId) ?? 0) + 1)
    if (!slowBusy) void pumpSlow()
  }

  /** First whatever is free now, then wait for the locks of the rest; again until each is in or over its time. */
  const pumpSlow = async () => {
    slowBusy = true
    while (slowQueue.length > 0) {
      const { batch, rest } = cut(slowQueue, none)
      slowQueue = rest.queue
      let left = await run(slow, batch, false)
      for (const lockTimeout = Object.assign(new Error('locked'), { code: '55P03' }); left.length > 0; ) {
        left = await run(slow, left, true)
        left = expire(left, lockTimeout)
        if (left.length > 0) left = await run(slow, left, false)
      }
      for (const { draft } of batch) {
        const count = waiting.get(draft.conversationId)! - 1
        if (count === 0) waiting.delete(draft.conversationId)
        else waiting.set(draft.conversationId, count)
      }
    }
    slowBusy = false
  }

  return {
    append(draft: MessageDraft): Promise<Appended> {
      return new Promise((resolve, reject) => {
        queue.push({ draft, deadline: performance.now() + ITEM_DEADLINE_MS, resolve, reject, repeats: [] })
        if (fastBusy) return
        fastBusy = true
        // whatever else arrives in this turn of the loop goes along
        setImmediate(() => void pump())
      })
    },
  }
}

const none: ReadonlyMap<string, number> = new Map()

/**
 * Takes the next batch off a queue: within the bounds, without what has to wait behind a lock, and with each
 * (conversation, sender, clientId) once. A repeat with the same body joins the first; one with another body waits a round,
 * to be judged against what the first one became.
 */
function cut(queue: Item[], waiting: ReadonlyMap<string, number>) {
  const batch: Item[] = []
  const rest = { queue: [] as Item[], slow: [] as Item[] }
  const keys = new Map<string, Item>()
  let bytes = 0
  for (const [i, item] of queue.entries()) {
    const { draft } = item
    if (waiting.has(draft.conversationId)) {
      rest.slow.push(item)
      continue
    }
    const key = JSON.stringify([draft.tenantId, draft.conversationId, draft.senderId, draft.clientId])
    const first = keys.get(key)
    if (first) {
      if (first.draft.bodyHash === draft.bodyHash) first.repeats.push(item, ...item.repeats.splice(0))
      else rest.queue.push(item)
      continue
    }
    bytes += draft.content.length * 3 + 300
    if (batch.length === MAX_ITEMS || (bytes > MAX_BYTES && batch.length > 0)) {
      rest.queue.push(...queue.slice(i))
      break
    }
    keys.set(key, item)
    batch.push(item)
  }
  return { batch, rest }
}

/** The message as it was sent, whatever has happened to it since: what a repeat is answered, and what the first one was. */
function toAppendedMessage(
  draft: MessageDraft,
  [verdict, seq, id, atMs, , name, avatarUrl]: Extract<ItemRow, [unknown, number, ...unknown[]]>,
): Message {
  const sender: UserProfile = { userId: draft.senderId, name, avatarUrl }
  return {
    id: verdict === 'fresh' ? draft.id : id,
    conversationId: draft.conversationId,
    seq,
    rev: 0,
    senderId: draft.senderId,
    sender,
    type: draft.type,
    content: draft.content,
    payload: null,
    attachments: [],
    mentions: [],
    replyTo: null,
    reactions: [],
    editedAt: null,
    deletedAt: null,
    createdAt: new Date(atMs).toISOString(),
  }
}

function audienceOf(reply: AppendReply, conversationId: string): LiveAudience {
  const [version, userIds] = reply.audiences?.[conversationId] ?? [0, []]
  return userIds ? { version: null, userIds } : { version, userIds: [] }
}

function asBadItem(err: unknown): unknown {
  // untranslatable or invalid characters: what passed our checks and still is no text to the database
  if (/^22(021|P05)$/.test(sqlStateOf(err) ?? ''))
    return new ParleyError('invalid_input', '/content holds characters that cannot be stored', { cause: err })
  return err
}
