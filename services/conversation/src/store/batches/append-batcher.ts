import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveAudience, Message, ParleyError } from '@parley/contracts'
import { type Acknowledgements, callByItem, type Item, type Lane, type Positional, runBatch } from '@parley/database'
import { beginSpan, type OpenSpan } from '@parley/tracing'
import { type CommittedBatch, type CommittedChange, committedChange } from '../../domain/changes/committed-change.ts'
import type { MessageDraft, MessageExtras } from '../../domain/ports/messages.ts'
import {
  blocked,
  closed,
  disabled,
  invalidField,
  keyReused,
  noSuchConversation,
  onlyReads,
  readOnly,
  revoked,
} from '../../domain/refusals.ts'
import {
  type AppendedItem,
  type AudienceAnswer,
  appendAudience,
  decodeItem,
  type ItemAnswer,
  type RefusalCode,
} from '../batch-answers.ts'
import { toMessage } from '../stores/to-message.ts'

/** A batch is cut at this many messages and about this many bytes; JSON and UTF-8 may at most treble the text. */
const MAX_ITEMS = 500
const MAX_BYTES = 256 * 1024
/** How often a conversation is looked at whose lock was waited for in vain. */
const STUCK_POLL_MS = 20

const OUTSIDERS = 'SELECT outsiders($1,$2,$3,$4)'
const APPEND = 'SELECT append_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)'

interface AppendReply {
  event: number | null
  items: ItemAnswer[]
  audiences: Positional<AudienceAnswer>[] | null
}

const refusals: Record<RefusalCode, () => ParleyError> = {
  not_found: noSuchConversation,
  key_reused: () => keyReused('message'),
  forbidden: onlyReads,
  blocked,
  conversation_closed: closed,
  conversation_read_only: readOnly,
  unauthenticated: revoked,
  reply_not_found: () =>
    invalidField('/replyTo', 'not_found', 'is no message of this conversation that its sender sees'),
}

type Appended = { message: Message; created: boolean }
interface Append extends Item<MessageDraft, Appended> {
  /** The same request again, in the same batch: answered with what becomes of it. */
  repeats: Append[]
  /** From its arrival to its answer, where it is traced. */
  span: OpenSpan | undefined
}

export interface AppendBatcherOptions {
  /** Where batches go, one at a time. */
  fast: Lane
  /** Where messages to conversations go that somebody else has locked, so that they keep nobody waiting. */
  slow: Lane
  onCommitted: (batch: CommittedBatch) => void
  /** Told of each statement that was answered: how many messages it took, and how many seconds. */
  onBatch: (calls: number, seconds: number) => void
  /** Outbox entries that are deleted on the way. */
  acknowledgements: Acknowledgements
}

/**
 * Collects concurrent appends into batches: while one is in flight, what arrives waits for the next. Order per conversation
 * is arrival order: once a message has to wait for a lock, those behind it in the same conversation wait with it.
 */
export function createAppendBatcher(options: AppendBatcherOptions) {
  const { fast, slow, onCommitted } = options
  let queue: Append[] = []
  let slowQueue: Append[] = []
  /** Conversations with messages in the slow queue or on the slow lane. */
  let waiting = new Set<string>()
  let fastRun: Promise<void> | undefined
  let slowRun: Promise<void> | undefined

  const run = (lane: Lane, items: Append[], wait: boolean) =>
    runBatch(items, async (batch) => {
      const acknowledged = options.acknowledgements.take()
      const drafts = batch.map((item) => item.input)
      const span = beginBatchSpan(batch)
      const asked = performance.now()
      const reply = await lane
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
          drafts.map((d) => d.interactive),
          extrasOf(drafts),
          tokensOf(drafts),
        ])
        .catch((err) => {
          options.acknowledgements.giveBack(acknowledged)
          span?.end(err)
          throw err
        })
      span?.end()
      options.onBatch(batch.length, (performance.now() - asked) / 1_000)
      settle(batch, reply)
    })

  /** Answers the items of a committed batch, all but those whose conversation is locked. */
  const settle = (items: Append[], reply: AppendReply) => {
    const changes: CommittedChange[] = []
    const hints: CommittedBatch['hints'] = []
    const audiences = audiencesOf(reply)
    for (const [i, item] of items.entries()) {
      const answer = decodeItem(reply.items[i]!)
      if (answer.verdict === 'locked') item.locked = true
      else if ('seq' in answer) {
        const { verdict, seq, rev, lastSeq } = answer
        const { tenantId, conversationId } = item.input
        const message = toAppendedMessage(item.input, answer)
        const audience = audiences.get(conversationId)!
        if (verdict === 'fresh')
          changes.push(
            tracedBy(
              item.span,
              committedChange(
                { tenantId, conversationId, head: { seq, rev }, at: message.createdAt },
                { type: 'message.created', message },
                audience,
              ),
            ),
          )
        // A retry means that the first reply was lost, and perhaps the live envelope with it.
        else hints.push({ tenantId, head: { conversationId, seq: lastSeq!, rev } })
        item.resolve({ message, created: verdict === 'fresh' })
        for (const repeat of item.repeats) repeat.resolve({ message, created: false })
      } else {
        const { verdict, isDisabled } = answer
        for (const one of [item, ...item.repeats]) one.reject(isDisabled ? disabled() : refusals[verdict]())
      }
    }
    if (reply.event !== null || hints.length > 0)
      onCommitted({ eventId: reply.event ?? 0, changes, personal: [], hints })
  }

  const pump = async () => {
    // whatever else arrives in this turn of the loop goes along
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const { batch, behind, later } = cut(queue, waiting)
      queue = later
      await run(fast, batch, false)
      toSlow(unsettled(batch))
      await refuseOutsiders(behind)
      toSlow(unsettled(behind))
    }
    fastRun = undefined
  }

  /** Who is not in the conversation is told so at once, however long others wait for it. */
  const refuseOutsiders = (items: Append[]) =>
    runBatch(items, async (open) => {
      const drafts = open.map((item) => item.input)
      const outside = await fast.call<boolean[]>('outsiders', OUTSIDERS, [
        drafts.map((d) => d.tenantId),
        drafts.map((d) => d.conversationId),
        drafts.map((d) => d.senderId),
        drafts.map((d) => d.clientId),
      ])
      for (const [i, item] of open.entries()) if (outside[i]) item.reject(refusals.not_found())
    })

  const toSlow = (items: Append[]) => {
    if (items.length === 0) return
    slowQueue.push(...items)
    for (const { input } of items) waiting.add(input.conversationId)
    slowRun ??= pumpSlow()
  }

  /**
   * Takes whatever is free by now, then waits for the locks of the rest. A conversation whose lock was waited for in vain
   * is only looked at from then on, behind the others, so that it does not hold them up.
   */
  const pumpSlow = async () => {
    const stuck = new Set<string>()
    const isStuck = ({ input }: Append) => stuck.has(input.conversationId)
    while (slowQueue.length > 0) {
      const { batch, later } = cut(slowQueue, none)
      slowQueue = later
      await run(slow, batch, false)
      const locked = batch.filter((item) => !item.settled && !isStuck(item))
      await run(slow, locked, true)
      for (const { input } of locked.filter((item) => !item.settled)) stuck.add(input.conversationId)
      const left = unsettled(batch)
      if (left.length > 0 && locked.length === 0) await sleep(STUCK_POLL_MS)
      const all = [...left, ...slowQueue]
      slowQueue = [...all.filter((item) => !isStuck(item)), ...all.filter(isStuck)]
      waiting = new Set(slowQueue.map((item) => item.input.conversationId))
      for (const id of stuck) if (!waiting.has(id)) stuck.delete(id)
    }
    slowRun = undefined
  }

  return {
    append(draft: MessageDraft): Promise<Appended> {
      const span = beginSpan('append', { kind: 'internal' })
      const appended = callByItem<MessageDraft, Appended>(draft, (item) => {
        queue.push(Object.assign(item, { repeats: [], span }))
        fastRun ??= pump()
      })
      if (span)
        appended.then(
          () => span.end(),
          (err) => span.end(err),
        )
      return appended
    },
    /** Resolves when nothing is under way: every item is answered by its deadline. */
    async drain(): Promise<void> {
      while (fastRun || slowRun) await Promise.all([fastRun, slowRun])
    },
  }
}

const none: ReadonlySet<string> = new Set()

/** One statement for all: it belongs to the first that is traced, and knows of the others. */
function beginBatchSpan(batch: readonly Append[]): OpenSpan | undefined {
  const [parent, ...links] = batch.flatMap(({ span }) => span?.traceparent ?? [])
  if (parent === undefined) return undefined
  const attributes = { 'db.system.name': 'postgresql', 'db.operation.batch.size': batch.length }
  return beginSpan('SQL append_messages', { kind: 'client', parent, links, attributes })
}

const tracedBy = (span: OpenSpan | undefined, change: CommittedChange): CommittedChange =>
  span ? { ...change, traceparent: span.traceparent } : change

/** What is left of a batch, in order, each with the repeats that it carried. */
const unsettled = (batch: Append[]) =>
  batch.flatMap((item) => [item, ...item.repeats.splice(0)]).filter((item) => !item.settled)

/**
 * Takes the next batch off a queue: within the bounds, without what is past its deadline or has to wait behind a lock, and
 * with each (conversation, sender, clientId) once. A repeat with the same body goes with the first; one with another body
 * waits a round, to be judged against what the first one became.
 */
function cut(queue: Append[], waiting: ReadonlySet<string>) {
  const batch: Append[] = []
  const behind: Append[] = []
  const later: Append[] = []
  const keys = new Map<string, Append>()
  let bytes = 0
  for (const [i, item] of queue.entries()) {
    if (item.settled) continue
    const { tenantId, conversationId, senderId, clientId, bodyHash, content, extras } = item.input
    if (waiting.has(conversationId)) {
      behind.push(item)
      continue
    }
    const key = JSON.stringify([tenantId, conversationId, senderId, clientId])
    const first = keys.get(key)
    if (first) {
      if (first.input.bodyHash === bodyHash) first.repeats.push(item)
      else later.push(item)
      continue
    }
    bytes += content.length * 3 + 300 + (extras ? JSON.stringify(extras).length * 3 : 0)
    if (batch.length === MAX_ITEMS || (bytes > MAX_BYTES && batch.length > 0)) {
      later.push(...queue.slice(i))
      break
    }
    keys.set(key, item)
    batch.push(item)
  }
  return { batch, behind, later }
}

/** Null where all are plain texts. */
function extrasOf(drafts: readonly MessageDraft[]): (string | null)[] | null {
  if (drafts.every(({ extras }) => extras === null)) return null
  return drafts.map(({ extras }) => extras && JSON.stringify(asStored(extras)))
}

/** Null where nothing was sent by a token. */
function tokensOf(drafts: readonly MessageDraft[]): (string | null)[] | null {
  if (drafts.every(({ token }) => token === undefined)) return null
  return drafts.map(({ token }) => (token ? `${token.issuedAt ?? ''} ${token.sessionId}` : null))
}

function asStored({ attachments, modified, ...extras }: MessageExtras): object {
  if (!attachments && !modified) return extras
  return { ...extras, more: { ...(attachments && { attachments }), ...(modified && { modified }) } }
}

/** The message as it was sent, whatever has happened to it since: what a repeat is answered, and what the first one was. */
function toAppendedMessage(draft: MessageDraft, item: AppendedItem): Message {
  return toMessage({
    id: item.verdict === 'fresh' ? draft.id : item.id,
    conversationId: draft.conversationId,
    seq: item.seq,
    rev: 0,
    senderId: draft.senderId,
    type: draft.type,
    content: draft.content,
    payload: draft.extras?.payload ?? null,
    editedAt: null,
    deletedAt: null,
    createdAt: item.createdAt,
    name: item.name,
    avatarUrl: item.avatarUrl,
    imported: false,
    reactions: null,
    extras: item.extras ?? null,
  })
}

function audiencesOf({ audiences }: AppendReply): Map<string, LiveAudience> {
  return new Map(
    audiences?.map((answer) => {
      const { conversationId, version, userIds } = appendAudience.decode(answer)
      return [conversationId, userIds ? { version: null, userIds } : { version, userIds: [] }]
    }),
  )
}
