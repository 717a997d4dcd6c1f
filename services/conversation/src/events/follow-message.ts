import type { Bus } from '@parley/bus'
import { EVENT_STREAM, Heard, inputCheck, subjects, topics } from '@parley/contracts'
import type { Surroundings } from '../domain/ports.ts'

/** As long as gateways have to say what they remember. */
const ANSWER_MS = 500
/** How far the clocks of the database and of the event stream may be apart, and how long an event may be under way. Milliseconds. */
const CLOCKS_APART_MS = 10_000
const UNDER_WAY_MS = 3_600_000

const checkHeard = inputCheck(Heard)

/** Asks those who have told of a message what they know of it. */
export function createFollowing(bus: Bus, gateways: () => number): Pick<Surroundings, 'heardOf' | 'streamed'> {
  return {
    async heardOf(question) {
      const heard: Heard[] = []
      const { subject } = topics.heard
      await bus
        .requestParts(subject, topics.heard.encode(question), {
          timeoutMs: ANSWER_MS,
          onPart: (part) => heard.push(checkHeard(JSON.parse(Buffer.from(part).toString()))) >= gateways(),
        })
        // not all have answered: there may be fewer by now, or none
        .catch(() => {})
      return { heard, gateways: Math.max(heard.length, gateways()) }
    },
    async streamed({ tenantId, id, at }) {
      const found = await bus.locate({
        ...{ stream: EVENT_STREAM, filter: subjects.event(tenantId, 'message.created'), id },
        since: new Date(Date.parse(at) - CLOCKS_APART_MS),
        until: new Date(Date.parse(at) + UNDER_WAY_MS),
      })
      if (found === null) return 'nowhere'
      return found === undefined ? 'absent' : { sequence: found.sequence, at: found.storedAt.toISOString() }
    },
  }
}
