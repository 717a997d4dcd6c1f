import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRaw, type Packet, type RawClient } from '../client.ts'
import { type Arrivals, createArrivals } from './arrivals.ts'
import type { LoadResult, MessagesJob, Pass, Seat } from './jobs.ts'
import { createReasons, inParallel, latencyOf, startMeter } from './meter.ts'
import { createSeqFinder, isNewMessage, isOk, isResync } from './packets.ts'

/** 101 characters: between an "ok" and a paragraph. */
const CONTENT = 'Hello there, this is a fairly typical chat message of around one hundred characters, okay? Yes it is.'
/** Whoever has not heard everything after this long without news has lost it. */
const QUIET_MS = 5_000
const CONNECTING = 50

interface Talk {
  id: string
  acknowledged: number
  /** The highest seq that a sender was told. */
  head: number
}

interface Member {
  talk: Talk
  client: RawClient
  arrivals: Arrivals
  /** When each message without an answer was sent. */
  sent: Map<number, number>
  /** The mark on its way, -1 when there is none, and how far the next has to go. */
  readAck: number
  read: number
  /** The server has said that it does not tell everything. */
  toldToSync: boolean
  send(): void
}

/** Conversations in which people write, at a rate or as fast as answers come, and everybody checks what arrives. */
export async function runMessages(job: MessagesJob, pass: Pass): Promise<LoadResult> {
  const { pace, marksRead } = job
  const reasons = createReasons()
  const latencies: number[] = []
  let measuring = false
  let stopped = false
  let count = 0
  let deliveries = 0
  let failed = 0
  let lastNews = performance.now()
  const seqOfEvent = createSeqFinder()
  const seqOfAck = createSeqFinder()
  const fail = (reason: string) => {
    failed++
    reasons.add(reason)
  }

  const markRead = (member: Member) => {
    const { client, talk, arrivals } = member
    if (member.readAck >= 0 || arrivals.last <= member.read || stopped) return
    member.read = arrivals.last
    member.readAck = client.emit('mark_read', `{"conversationId":"${talk.id}","seq":${member.read}}`)
  }

  const answered = (member: Member, packet: Packet) => {
    const { talk, sent } = member
    if (packet.ack === member.readAck) {
      member.readAck = -1
      if (!isOk(packet)) fail(`mark_read: ${packet.bytes.toString('utf8', packet.start, packet.end).slice(0, 200)}`)
      markRead(member)
      return
    }
    const at = sent.get(packet.ack)
    if (at === undefined) return fail('an answer that nobody waited for')
    sent.delete(packet.ack)
    lastNews = performance.now()
    if (isOk(packet)) {
      talk.acknowledged++
      talk.head = Math.max(talk.head, seqOfAck(packet))
      if (measuring) {
        count++
        latencies.push(lastNews - at)
      }
    } else fail(packet.bytes.toString('utf8', packet.start, packet.end).slice(0, 200))
    if (pace.kind === 'saturated' && !stopped) member.send()
  }

  const join = async (talk: Talk, { url, auth }: Seat): Promise<Member> => {
    const member: Partial<Member> & Omit<Member, 'client'> = {
      talk,
      arrivals: createArrivals(),
      sent: new Map(),
      readAck: -1,
      read: 0,
      toldToSync: false,
      send() {
        const json = `{"conversationId":"${talk.id}","content":"${CONTENT}","clientId":"${randomUUID()}"}`
        const at = performance.now()
        member.sent.set(member.client!.emit('send_message', json), at)
      },
    }
    const onPacket = (packet: Packet) => {
      if (packet.ack >= 0) return answered(member as Member, packet)
      if (!isNewMessage(packet)) {
        member.toldToSync ||= isResync(packet)
        return
      }
      member.arrivals.arrived(seqOfEvent(packet))
      deliveries++
      lastNews = performance.now()
      if (marksRead) markRead(member as Member)
    }
    member.client = await connectRaw({ url, auth, onPacket, onLost: fail })
    return member as Member
  }

  const talks = job.conversations.map(({ id }): Talk => ({ id, acknowledged: 0, head: 0 }))
  const seats = job.conversations.flatMap(({ members, senders }, i) =>
    members.map((seat, position) => ({ seat, talk: talks[i]!, writes: position < senders })),
  )
  const members = await inParallel(seats, CONNECTING, ({ seat, talk }) => join(talk, seat))
  const senders = members.filter((_, i) => seats[i]!.writes)

  const atRate = async (perSecond: number) => {
    const started = performance.now()
    for (let sent = 0; !stopped; await sleep(1)) {
      const due = Math.floor(((performance.now() - started) / 1_000) * perSecond)
      for (; sent < due && !stopped; sent++) senders[Math.floor(Math.random() * senders.length)]!.send()
    }
  }
  if (pace.kind === 'rate') void atRate(pace.perSecond)
  else for (const sender of senders) for (let i = 0; i < pace.inFlightPerSender; i++) sender.send()

  await sleep(job.warmUpMs)
  const meter = await startMeter(pass)
  measuring = true
  const before = deliveries
  await sleep(job.measureMs)
  measuring = false
  const delivered = deliveries - before
  const { seconds, cpuMs } = await meter.end()

  stopped = true
  const isComplete = () =>
    members.every(({ arrivals, talk, sent, readAck }) => {
      return sent.size === 0 && readAck < 0 && arrivals.lostUpTo(talk.head) === 0
    })
  while (!isComplete() && performance.now() - lastNews < QUIET_MS) await sleep(20)
  // A repeat would come a little later than what it repeats.
  await sleep(200)
  for (const { client } of members) client.destroy()

  const sum = (of: (member: Member) => number) => members.reduce((total, member) => total + of(member), 0)
  const missing = (told: boolean) =>
    sum(({ arrivals, talk, toldToSync }) => (toldToSync === told ? arrivals.lostUpTo(talk.head) : 0))
  // Numbers are dense and start at 1: more answers than the head says means that two messages have the same number.
  const unnumbered = talks.reduce((total, { acknowledged, head }) => total + Math.max(0, acknowledged - head), 0)
  return {
    count,
    seconds,
    deliveries: delivered,
    latency: latencyOf(latencies),
    faults: {
      lost: missing(false),
      toSync: missing(true),
      duplicated: sum(({ arrivals }) => arrivals.duplicated) + unnumbered,
      outOfOrder: sum(({ arrivals }) => arrivals.outOfOrder),
      failed: failed + sum(({ sent }) => sent.size),
    },
    acknowledged: talks.reduce((total, { acknowledged }) => total + acknowledged, 0),
    cpuMs,
    reasons: reasons.list,
  }
}
