import type { NatsConnection } from '@nats-io/nats-core'

const PING_EVERY_MS = 2_000
const MISSED_AT_MOST = 2

/**
 * Cuts the connection to a server that has stopped answering (frozen, or cut off without a word), so that calls fail at
 * once and the client looks for a server that lives. The client's own heartbeat takes minutes to notice.
 */
export function watchForSilence(nc: NatsConnection): { stop: () => void } {
  let asked = false
  let missed = 0
  const timer = setInterval(() => {
    // Ticks are counted, not time: a process that was paused itself has not been ignored by the server.
    if (asked && ++missed === MISSED_AT_MOST) nc.reconnect().catch(() => {})
    if (asked || nc.isClosed()) return
    asked = true
    missed = 0
    const answered = () => {
      asked = false
    }
    // Rejected is answered too: the connection is gone, and another ping will go over the next one.
    nc.flush().then(answered, answered)
  }, PING_EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
