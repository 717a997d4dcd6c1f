import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, Participant } from '@parley/contracts'
import type { Client } from './client.ts'
import { type Uploaded, uploadFile } from './files.ts'
import type { Recorder } from './measures.ts'
import type { Absence, Sent } from './model.ts'
import { seededRandom } from './random.ts'
import { type Answer, callRest, untilAnswered } from './rest.ts'
import type { Talk } from './talks.ts'
import type { Read } from './told.ts'

export interface LoadOptions {
  url: string
  seed: number
  /** Messages a second, over all conversations. */
  rate: number
  tokens: ReadonlyMap<string, string>
  clients: ReadonlyMap<string, Client[]>
  talks: readonly Talk[]
  measures: Recorder
}

/** No more than this many sends wait for their acknowledgement; beyond, people stop typing. */
const MAX_WAITING = 1_000
const TICK_MS = 20
/** The latest sends are those that are edited and deleted. */
const RECENT = 400

export type Load = ReturnType<typeof startLoad>

/**
 * People who write, correct themselves, read, and come and go. Each send and change is tried again, with the same
 * clientId and over REST or a socket as it comes, until it is answered.
 */
export function startLoad(options: LoadOptions) {
  const { url, rate, tokens, clients, talks, measures } = options
  const random = seededRandom(options.seed)
  const sent: Sent[] = []
  const recent: Sent[] = []
  const busy = new Set<Sent>()
  const absences: Absence[] = []
  const intrusions: (Absence & { what: string; at: number })[] = []
  const readings: Read[] = []
  const uploads: Uploaded[] = []
  const running = new Set<Promise<unknown>>()
  const ending = new AbortController()
  const givingUp = new AbortController()
  // Everything that waits for its next attempt listens.
  setMaxListeners(0, ending.signal, givingUp.signal)
  const counts = { sent: 0, acked: 0, heldBack: 0, edits: 0, deletes: 0, reads: 0, moves: 0, uploads: 0 }
  let waiting = 0
  let lastWriteAt = Date.now()
  let number = 0

  const failed = (code: string) => measures.failed(code)
  const untilDone = <T>(attempt: (number: number) => Promise<Answer<T>>) =>
    untilAnswered(attempt, { failed, signal: givingUp.signal })
  const rest = <T>(
    userId: string,
    method: string,
    path: string,
    body?: { clientId?: string; [field: string]: unknown },
  ) => callRest<T>(url, tokens.get(userId)!, method, path, body)
  const clientOf = (userId: string) => random.pick(clients.get(userId)!)
  const start = (work: Promise<unknown>) => {
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  async function send(
    talk = random.pick(talks),
    senderId = random.pick([...talk.present]),
    more: { attachments?: string[] } = {},
  ): Promise<void> {
    const clientId = `s${++number}-${options.seed}`
    const content = `${clientId} ${'word '.repeat(random.between(1, 12)).trim()}`
    const one: Sent = { clientId, conversationId: talk.id, senderId, content, sentAt: Date.now() }
    sent.push(one)
    counts.sent++
    waiting++
    const bySocket = random.next() < 0.7
    const answer = await untilDone<Message>((attempt) =>
      // Every third attempt goes the other way: the same send by two ways is still one message.
      bySocket === (attempt % 3 !== 0)
        ? clientOf(senderId).request('send_message', { conversationId: talk.id, content, clientId, ...more })
        : rest(senderId, 'POST', `/conversations/${talk.id}/messages`, { content, clientId, ...more }),
    )
    waiting--
    if (!answer.ok) return
    one.acked = { id: answer.data.id, seq: answer.data.seq, at: Date.now() }
    lastWriteAt = Date.now()
    counts.acked++
    measures.acked(one.sentAt)
    // what is deleted takes its files with it, and those are looked for at the end
    if (more.attachments) return
    recent.push(one)
    if (recent.length > RECENT) recent.shift()
  }

  /** Edits or deletes a message by its sender; one change of a message at a time. */
  async function change(isDeletion: boolean): Promise<void> {
    const free = recent.filter((one) => !busy.has(one) && (!one.changed || one.changed.content !== undefined))
    if (free.length === 0) return
    const one = random.pick(free)
    busy.add(one)
    const messageId = one.acked!.id
    const content = isDeletion ? undefined : `${one.clientId} edit ${++number}`
    const bySocket = random.next() < 0.5
    const answer = await untilDone<Message>(() => {
      if (bySocket)
        return isDeletion
          ? clientOf(one.senderId).request('delete_message', { messageId })
          : clientOf(one.senderId).request('edit_message', { messageId, content })
      return isDeletion
        ? rest(one.senderId, 'DELETE', `/messages/${messageId}`)
        : rest(one.senderId, 'PATCH', `/messages/${messageId}`, { content })
    })
    if (answer.ok) {
      one.changed = { content }
      lastWriteAt = Date.now()
      if (isDeletion) counts.deletes++
      else counts.edits++
      busy.delete(one)
    } else if (answer.attempts > 1 || answer.code === 'given up') one.isUncertain = true
    else busy.delete(one)
  }

  async function read(): Promise<void> {
    const talk = random.pick(talks)
    const userId = random.pick([...talk.present])
    const client = clientOf(userId)
    const seq = client.shown(talk.id)?.at(-1)?.seq
    if (seq === undefined) return
    const answer = await untilDone(() =>
      random.next() < 0.5
        ? client.request('mark_read', { conversationId: talk.id, seq })
        : rest(userId, 'PUT', `/conversations/${talk.id}/read`, { seq }),
    )
    if (answer.ok) {
      counts.reads++
      readings.push({ userId, conversationId: talk.id, seq, at: Date.now() })
    }
    lastWriteAt = Date.now()
  }

  /** Somebody who stays uploads a file and sends it. */
  async function upload(): Promise<void> {
    const talk = random.pick(talks)
    const userId = random.pick([talk.owner, ...talk.steady])
    const key = `u${++number}-${options.seed}`
    const bytes = Buffer.from(`${key} ${'bytes '.repeat(random.between(10, 20_000))}`)
    const answer = await untilDone(() => uploadFile(url, tokens.get(userId)!, { key, conversationId: talk.id, bytes }))
    if (!answer.ok) return
    counts.uploads++
    uploads.push({ id: answer.data.id, conversationId: talk.id, userId, bytes })
    await send(talk, userId, { attachments: [answer.data.id] })
  }

  /** The owner removes a guest and after a while lets them in again. */
  async function move(): Promise<void> {
    const choices = talks.flatMap((talk) =>
      talk.guests.filter((guest) => talk.present.has(guest)).map((guest) => ({ talk, guest })),
    )
    if (choices.length === 0) return
    const { talk, guest } = random.pick(choices)
    talk.present.delete(guest)
    const path = `/conversations/${talk.id}/participants`
    const removal = await untilDone(() => rest(talk.owner, 'DELETE', `${path}/${encodeURIComponent(guest)}`))
    if (!removal.ok && removal.code !== 'not_found') return
    const absence: Absence = {
      conversationId: talk.id,
      userId: guest,
      from: Date.now(),
      until: Number.POSITIVE_INFINITY,
    }
    absences.push(absence)
    lastWriteAt = Date.now()
    counts.moves++
    const tries = intrude(talk, guest, absence)
    start(tries.done)
    await sleep(random.between(200, 6_000), undefined, { signal: ending.signal }).catch(() => {})
    // Some stay away at the end, so that what they show then is checked too.
    if (ending.signal.aborted) return
    absence.until = Date.now()
    // what is on its way still may be done once they are in again
    sent.push(...tries.unanswered)
    const joining = await untilDone<Participant>(() => rest(talk.owner, 'POST', path, { userId: guest }))
    if (joining.ok) talk.present.add(guest)
    lastWriteAt = Date.now()
  }

  /** Somebody who was removed tries to read and to write, by both ways: whatever is broken, nobody lets them. */
  function intrude({ id }: Talk, guest: string, absence: Absence) {
    const writing = (way: string): Sent => {
      const clientId = randomUUID()
      const content = `${clientId} by ${guest}, who is not in it, by ${way}`
      return { clientId, conversationId: id, senderId: guest, content, sentAt: Date.now() }
    }
    const writes = { socket: writing('a socket'), rest: writing('REST') }
    const unanswered = new Set(Object.values(writes))
    const messageOf = ({ clientId, content }: Sent) => ({ clientId, content })
    const tried = async (what: string, attempt: Promise<Answer<unknown>>, write?: Sent) => {
      const answer = await attempt
      const { ok } = answer
      // what had no answer in time may be done later
      if (write && (answer.ok || answer.code === 'not_found')) unanswered.delete(write)
      // once they are let in again it is their right
      if (ok && absence.until === Number.POSITIVE_INFINITY) intrusions.push({ ...absence, what, at: Date.now() })
    }
    const bySocket = { conversationId: id, ...messageOf(writes.socket) }
    const done = Promise.all([
      tried('read by REST', rest(guest, 'GET', `/conversations/${id}/messages?limit=1`)),
      tried('joined by a socket', clientOf(guest).request('join_conversation', { conversationId: id })),
      tried('wrote by a socket', clientOf(guest).request('send_message', bySocket), writes.socket),
      tried('wrote by REST', rest(guest, 'POST', `/conversations/${id}/messages`, messageOf(writes.rest)), writes.rest),
    ])
    return { done, unanswered }
  }

  const from = performance.now()
  const done = { sends: 0, edits: 0, deletes: 0, reads: 0, moves: 0, uploads: 0 }
  const rates = {
    sends: rate,
    edits: rate / 10,
    deletes: rate / 30,
    reads: rate / 6,
    moves: rate / 50,
    uploads: rate / 30,
  }
  const acts: Record<keyof typeof done, () => Promise<void>> = {
    sends: () => send(),
    edits: () => change(false),
    deletes: () => change(true),
    reads: read,
    moves: move,
    uploads: upload,
  }
  const tick = () => {
    const seconds = (performance.now() - from) / 1_000
    for (const name of Object.keys(acts) as (keyof typeof done)[])
      for (; done[name] < Math.floor(seconds * rates[name]); done[name]++)
        if (name === 'sends' ? waiting < MAX_WAITING : running.size < 2 * MAX_WAITING) start(acts[name]())
        else counts.heldBack++
  }
  const timer = setInterval(tick, TICK_MS)

  return {
    sent,
    absences,
    /** What somebody was let do who had been removed. */
    intrusions,
    reads: readings,
    uploads,
    counts,
    get waiting() {
      return waiting
    },
    /** When the last write was answered. */
    get lastWriteAt() {
      return lastWriteAt
    },
    /** Begins nothing more, and waits for what was begun; false: some of it was not answered in time. */
    async stop(withinMs: number): Promise<boolean> {
      clearInterval(timer)
      ending.abort()
      const finished = await Promise.race([
        Promise.all([...running]).then(() => true),
        sleep(withinMs, false, { ref: false }),
      ])
      givingUp.abort()
      if (!finished) await Promise.race([Promise.all([...running]), sleep(10_000, undefined, { ref: false })])
      return finished
    },
  }
}
