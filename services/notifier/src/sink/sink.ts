import { randomUUID } from 'node:crypto'
import type { Channel, HandOver, Outcome } from '../domain/ports/channel.ts'
import type { Mail } from '../domain/ports/mail.ts'

/** As many of each kind are kept, the newest. */
const MOST = 200

export type SinkKind = 'emails' | 'pushes' | 'webhooks'
export const SINK_KINDS: readonly SinkKind[] = ['emails', 'pushes', 'webhooks']

/** Something that was handed over to nobody but this process. */
export interface Sunk {
  id: string
  at: string
  /** To whom, by which way. */
  to: string
  title: string
  /** All that there is of it. */
  content: object
}

/** Keeps what leaves, in memory, for whoever develops: it shows what people would have got. */
export interface Sink {
  list(kind: SinkKind): readonly Sunk[]
  find(kind: SinkKind, id: string): Sunk | undefined
  add(kind: SinkKind, sunk: Pick<Sunk, 'to' | 'title' | 'content'>): Sunk
  /** As if it was handed over once more. Undefined where there is none. */
  again(kind: SinkKind, id: string): Promise<Outcome | undefined>
  emails: Channel<Mail>
  /** Takes the place of a service of pushes. */
  pushes(channel: string): Channel<HandOver>
}

export function createSink(): Sink {
  const kept: Record<SinkKind, Sunk[]> = { emails: [], pushes: [], webhooks: [] }
  const repeats = new WeakMap<Sunk, () => Promise<Outcome>>()
  const add: Sink['add'] = (kind, sunk) => {
    const one = { id: randomUUID(), at: new Date().toISOString(), ...sunk }
    kept[kind] = [one, ...kept[kind]].slice(0, MOST)
    return one
  }
  const find: Sink['find'] = (kind, id) => kept[kind].find((sunk) => sunk.id === id)
  /** A channel that keeps what it is given. */
  const keeping = <Sent>(
    name: string,
    kind: SinkKind,
    describe: (sent: Sent) => Pick<Sunk, 'to' | 'title'>,
  ): Channel<Sent> => ({
    name,
    async handOver(sent) {
      const sunk = add(kind, { ...describe(sent), content: sent as object })
      repeats.set(sunk, () => this.handOver(sent, { signal: new AbortController().signal }))
      return { kind: 'accepted', reference: sunk.id }
    },
  })
  return {
    add,
    find,
    list: (kind) => kept[kind],
    async again(kind, id) {
      const sunk = find(kind, id)
      if (!sunk) return undefined
      const repeat = repeats.get(sunk)
      if (repeat) return repeat()
      add(kind, sunk)
      return { kind: 'accepted' }
    },
    emails: keeping('email', 'emails', ({ to, subject }) => ({ to, title: subject })),
    pushes: (channel) =>
      keeping(channel, 'pushes', ({ userId, title, withdraws }: HandOver) => ({
        to: `${userId} (${channel})`,
        title: withdraws ? 'withdrawn' : title,
      })),
  }
}
