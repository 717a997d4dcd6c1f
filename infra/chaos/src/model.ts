/** One thing that must not happen, with enough to look for it in the logs. */
export interface Violation {
  kind: ViolationKind
  conversationId: string
  detail: string
  /** When it was noticed, in milliseconds since the epoch. */
  at: number
}

/**
 * LOST: acknowledged, but not so in the history. DUPLICATED: one send is twice in the history, or a socket heard a
 * message twice. UNEXPECTED: in the history but never sent, or heard by somebody who may not hear it. OUT OF ORDER: an
 * earlier message after a later one, an update before its message, or a history with gaps. STALE: what a client shows
 * after everything is quiet differs from the history. CRASHED: a process ended that nobody had ended.
 */
export type ViolationKind = 'LOST' | 'DUPLICATED' | 'UNEXPECTED' | 'OUT OF ORDER' | 'STALE' | 'CRASHED' | 'STUCK'

/** A message as the history or a client's screen shows it. */
export interface Shown {
  id: string
  seq: number
  rev: number
  senderId: string
  content: string
  isEdited: boolean
  isDeleted: boolean
  createdAt: number
}

/** A send as its client knows it. `content` begins with the clientId, by which the history is matched with it. */
export interface Sent {
  clientId: string
  conversationId: string
  senderId: string
  content: string
  sentAt: number
  /** What the acknowledgement said. */
  acked?: { id: string; seq: number; at: number }
  /** The last acknowledged change of it; undefined content is a deletion. */
  changed?: { content: string | undefined }
  /** A change was given up without an answer: it may or may not have happened. */
  isUncertain?: boolean
}

/** Somebody was certainly not in a conversation: from the acknowledged removal to the request that let them back in. */
export interface Absence {
  conversationId: string
  userId: string
  from: number
  until: number
}

/** The clientId that a content begins with. */
const clientIdIn = (content: string): string => content.split(' ', 1)[0] ?? ''

/** Compares a conversation's whole history, as somebody sees it who was always in it, with everything that was sent. */
export function checkHistory(conversationId: string, history: readonly Shown[], sent: readonly Sent[]): Violation[] {
  const violations: Violation[] = []
  const say = (kind: ViolationKind, detail: string) =>
    void violations.push({ kind, conversationId, detail, at: Date.now() })
  const byId = new Map(history.map((message) => [message.id, message]))
  const ofSend = new Map<string, Shown[]>()
  const known = new Map(sent.map((one) => [one.clientId, one]))
  const byAck = new Map(sent.flatMap((one) => (one.acked ? [[one.acked.id, one] as const] : [])))

  for (const [index, message] of history.entries()) {
    if (message.seq !== index + 1) say('OUT OF ORDER', `place ${index + 1} of the history has seq ${message.seq}`)
    const before = history[index - 1]
    if (before && before.createdAt > message.createdAt)
      say('OUT OF ORDER', `seq ${message.seq} was created ${before.createdAt - message.createdAt} ms before its elder`)
    // A deleted message has no content to know it by.
    const send = byAck.get(message.id) ?? known.get(clientIdIn(message.content))
    if (!send || send.senderId !== message.senderId)
      say('UNEXPECTED', `seq ${message.seq} by ${message.senderId} was never sent: "${message.content.slice(0, 60)}"`)
    else ofSend.set(send.clientId, [...(ofSend.get(send.clientId) ?? []), message])
  }
  for (const [clientId, messages] of ofSend)
    if (messages.length > 1) say('DUPLICATED', `${clientId} is in the history as seq ${messages.map(({ seq }) => seq)}`)
  for (const one of sent) {
    if (!one.acked) continue
    const { id, seq } = one.acked
    const message = byId.get(id)
    if (!message) say('LOST', `${one.clientId}, acknowledged as seq ${seq} (${id}), is not in the history`)
    else if (message.seq !== seq) say('LOST', `${one.clientId} was acknowledged as seq ${seq} and is ${message.seq}`)
    else if (!one.isUncertain) {
      const content = one.changed ? one.changed.content : one.content
      const isSame = content === undefined ? message.isDeleted : !message.isDeleted && message.content === content
      if (!isSame)
        say('LOST', `seq ${seq} is "${message.content}", and the last acknowledged is "${content ?? '(deleted)'}"`)
    }
  }
  return violations
}

/** What one connection of a client heard, one event at a time. */
export interface Heard {
  event: 'new_message' | 'message_updated'
  conversationId: string
  id: string
  seq: number
}

/** Follows what a connection hears and tells at once what breaks the order. Start a new one with every connection. */
export function followOrder(who: string) {
  const heard = new Map<string, { last: number; ids: Set<string> }>()
  return (message: Heard): Violation[] => {
    const { conversationId, id, seq } = message
    let conversation = heard.get(conversationId)
    if (!conversation) {
      conversation = { last: 0, ids: new Set() }
      heard.set(conversationId, conversation)
    }
    const say = (kind: ViolationKind, detail: string) => [{ kind, conversationId, detail, at: Date.now() }]
    if (message.event === 'message_updated') return []
    if (conversation.ids.has(id)) return say('DUPLICATED', `${who} heard seq ${seq} twice`)
    conversation.ids.add(id)
    const { last } = conversation
    conversation.last = Math.max(last, seq)
    return seq < last ? say('OUT OF ORDER', `${who} heard seq ${seq} after ${last}`) : []
  }
}

/** What somebody heard of conversations that they were not in. `heard` is every message that reached them in any way. */
export function checkHearing(
  userId: string,
  heard: readonly { conversationId: string; seq: number; createdAt: number }[],
  absences: readonly Absence[],
): Violation[] {
  const own = absences.filter((absence) => absence.userId === userId)
  return heard.flatMap(({ conversationId, seq, createdAt }) => {
    const during = own.find(
      (absence) => absence.conversationId === conversationId && createdAt > absence.from && createdAt < absence.until,
    )
    if (!during) return []
    const detail = `${userId} heard seq ${seq}, created ${createdAt - during.from} ms after their removal`
    return [{ kind: 'UNEXPECTED' as const, conversationId, detail, at: Date.now() }]
  })
}

/** How a client's screen differs from what the history shows to that user; `undefined`: they are not in it. */
export function checkShown(
  who: string,
  conversationId: string,
  shown: readonly Shown[] | undefined,
  history: readonly Shown[] | undefined,
): Violation[] {
  const say = (detail: string): Violation[] => [
    { kind: 'STALE', conversationId, detail: `${who} ${detail}`, at: Date.now() },
  ]
  if (!history) return shown ? say('shows a conversation that they are not in') : []
  if (!shown) return say('does not show the conversation')
  const screen = new Map(shown.map((message) => [message.id, message]))
  const missing = history.filter(({ id }) => !screen.has(id)).map(({ seq }) => seq)
  if (missing.length > 0) return say(`lacks ${missing.length} of ${history.length}: seq ${missing.slice(0, 10)}`)
  if (shown.length > history.length) {
    const ids = new Set(history.map(({ id }) => id))
    return say(`shows what they may not see: seq ${shown.filter(({ id }) => !ids.has(id)).map(({ seq }) => seq)}`)
  }
  for (const [index, message] of history.entries()) {
    if (shown[index]?.id !== message.id) return say(`shows seq ${shown[index]?.seq} at the place of ${message.seq}`)
    const own = shown[index]
    if (own.content !== message.content || own.isDeleted !== message.isDeleted || own.isEdited !== message.isEdited)
      return say(`shows seq ${message.seq} as of rev ${own.rev}, "${own.content}"; it is at rev ${message.rev}`)
  }
  return []
}
