import { type LiveEntry, positionOf } from '@parley/contracts'
import { failpoint, type Logger } from '@parley/runtime'
import type { GatewayMeter } from '../meter.ts'
import type { Audiences } from './audiences.ts'
import type { Backfiller } from './backfiller.ts'
import type { Deliverer } from './deliverer.ts'
import type { Line } from './line.ts'
import { isNotFound, type LineMembers, RETRY_AUDIENCE_MS } from './line-members.ts'
import type { Redelivery } from './redelivery.ts'

/** Two replicas publish in no order between them: an entry that is early by less than this needs no backfill. */
const GRACE_MS = 40
/**
 * What cannot be backfilled within these bounds is left to a resync by the clients. A replica's batch of 500 may come before
 * the one that another replica committed earlier.
 */
const MAX_BUFFERED = 1_000
const MAX_STUCK_MS = 1_000
const RETRY_BACKFILL_MS = 150

export interface LineSequencerOptions {
  audiences: Audiences
  members: LineMembers
  deliverer: Deliverer
  backfiller: Backfiller
  redelivery: Redelivery
  meter?: Pick<GatewayMeter, 'healed' | 'dropped'>
  log: Logger
}

/**
 * Takes the entries of a line in the order of their positions: delivers what is next, buffers what is early until the gap
 * before it is closed, and skips what was delivered. What can be delivered in no order is left to a resync.
 */
export class LineSequencer {
  readonly #options: LineSequencerOptions

  constructor(options: LineSequencerOptions) {
    this.#options = options
  }

  /** An entry of the line's conversation has come. */
  accept(line: Line, entry: LiveEntry): void {
    const place = line.place(entry)
    if (place === 'skip') this.#skip(line, entry)
    else if (place === 'buffer') this.#buffer(line, entry)
    else {
      this.#deliver(line, entry)
      this.#drain(line)
    }
  }

  #buffer(line: Line, entry: LiveEntry): void {
    line.buffer(entry)
    failpoint('gateway.buffered')
    if (line.buffered > MAX_BUFFERED) this.#giveUp(line)
    else this.#backfillLater(line, GRACE_MS)
  }

  /** What lies before the line's beginning was delivered by nobody to those who did not listen then. */
  #skip(line: Line, entry: LiveEntry): void {
    if (entry.event === '' || positionOf(entry) > line.beganAt) return
    const { members, redelivery } = this.#options
    const addNewcomers = (rooms: readonly string[]) => {
      if (!line.isOpen) return redelivery.now(entry)
      const newcomers = members.newcomersAmong(line, rooms, positionOf(entry))
      if (newcomers.length === 0) return
      members.addAndResync(line, newcomers)
      void members.check(line) // some of them may have left since
    }
    const rooms = this.#audienceOf(line, entry)
    if (Array.isArray(rooms)) addNewcomers(rooms)
    else rooms.then(addNewcomers, (err) => isNotFound(err) || redelivery.later(entry, RETRY_AUDIENCE_MS))
  }

  /** Moves the line past the entry, and delivers it. */
  #deliver(line: Line, entry: LiveEntry): void {
    const { deliverer } = this.#options
    const isStale = positionOf(entry) < line.position
    line.moveTo(entry)
    const rooms = this.#audienceOf(line, entry)
    if (Array.isArray(rooms)) deliverer.deliver(line, entry, rooms, isStale)
    else this.#deliverTo(rooms, line, entry, isStale)
  }

  /** The same, for an audience that has to be asked for: what comes meanwhile is buffered. */
  #deliverTo(audience: Promise<string[]>, line: Line, entry: LiveEntry, isStale: boolean): void {
    const { deliverer, redelivery, log } = this.#options
    const { conversationId } = line
    line.isDelivering = true
    audience
      .then(
        (rooms) => (line.isOpen ? deliverer.deliver(line, entry, rooms, isStale) : redelivery.now(entry)),
        (err) => {
          log.warn({ err, conversationId }, 'audience unknown')
          this.#deliverToUnknown(line, entry)
        },
      )
      .catch((err) => log.error({ err, conversationId }, 'an entry that cannot be delivered'))
      .finally(() => {
        line.isDelivering = false
        this.#drain(line)
      })
  }

  /** Nobody can say who hears the entry: whoever leaves by it is named in it, and everybody else resyncs. */
  #deliverToUnknown(line: Line, entry: LiveEntry): void {
    const { deliverer, members } = this.#options
    if (entry.event === 'participant_left') deliverer.deliverLeave(entry, line)
    if (line.isOpen) members.resync(line)
  }

  /** Goes through what is buffered, as far as it is in line. */
  #drain(line: Line): void {
    while (line.isOpen) {
      const entry = line.takeNext()
      if (!entry) break
      this.#deliver(line, entry)
    }
    if (line.buffered > 0) this.#backfillLater(line, GRACE_MS)
  }

  #backfillLater(line: Line, delayMs: number): void {
    // What is at work drains the buffer when it is done.
    if (line.isDelivering || line.isBackfilling || line.backfillTimer || !line.isOpen) return
    line.backfillTimer = setTimeout(() => {
      line.backfillTimer = undefined
      if (!line.isDelivering && !line.isBackfilling && line.buffered > 0 && line.isOpen) void this.#backfill(line)
    }, delayMs)
  }

  /** Closes the gap before what is buffered. Never throws. */
  async #backfill(line: Line): Promise<void> {
    const { backfiller, meter, log } = this.#options
    meter?.healed('backfill')
    const from = line.position
    line.isBackfilling = true
    try {
      const missed = await backfiller.fetch(line)
      line.isBackfilling = false
      if (!line.isOpen) return
      backfiller.deliver(line, missed)
      if (line.position > from) line.restartWaiting()
      else if (line.stuckForMs > MAX_STUCK_MS) this.#giveUp(line)
      this.#drain(line)
    } catch (err) {
      line.isBackfilling = false
      if (!line.isOpen) return
      const isHopeless = isNotFound(err) || line.stuckForMs > MAX_STUCK_MS
      if (!isHopeless) return this.#backfillLater(line, RETRY_BACKFILL_MS)
      log.warn({ err, conversationId: line.conversationId }, 'gap not filled; sockets are told to resync')
      this.#giveUp(line)
    }
  }

  /** Leaves the gap to a resync, and goes on behind it. */
  #giveUp(line: Line): void {
    const left = line.takeBuffer()
    this.#options.meter?.dropped('buffered', left.length)
    const last = left.at(-1)
    if (last) line.restartAt(last)
    this.#options.members.resync(line)
  }

  #audienceOf({ tenantId, conversationId }: Line, { audience, aboutSeq }: LiveEntry): string[] | Promise<string[]> {
    return this.#options.audiences.roomsOf(tenantId, conversationId, audience, aboutSeq)
  }
}
