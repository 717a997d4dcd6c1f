import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { EVENT_STREAM } from '@parley/contracts'

/** The first URL's credentials, which all have. */
function loginOf(url: string) {
  const all = url.split(',').map((one) => new URL(one))
  return { servers: all.map(({ host }) => host), user: all[0]!.username, pass: all[0]!.password }
}

/** Resolves when so many servers have all that is in the stream of events. */
export async function untilStreamsAreWhole(url: string, replicas: number, withinMs = 60_000): Promise<void> {
  const connection = await connect({ ...loginOf(url), timeout: withinMs })
  try {
    const { streams } = await jetstreamManager(connection, { checkAPI: false })
    for (const deadline = Date.now() + withinMs; ; await sleep(200)) {
      const lacking = await streams
        .info(EVENT_STREAM)
        .then(
          ({ cluster }) =>
            replicas - 1 - (cluster?.replicas ?? []).filter(({ current, offline }) => current && !offline).length,
        )
        .catch(() => replicas)
      if (lacking <= 0) return
      if (Date.now() > deadline) throw new Error(`${EVENT_STREAM} lacks ${lacking} of ${replicas} servers`)
    }
  } finally {
    await connection.close()
  }
}

/** A server that says nothing for so long has told of everything that it has. */
const SILENT_MS = 10_000

/**
 * The messages whose creation the stream tells of, as `conversation:seq`, and how many events its leader has that whichever server was asked
 * did not tell of.
 */
export async function messagesInStream(url: string): Promise<{ found: Set<string>; lacking: number }> {
  const connection = await connect(loginOf(url))
  try {
    const jsm = await jetstreamManager(connection, { checkAPI: false })
    const { state } = await jsm.streams.info(EVENT_STREAM)
    const found = new Set<string>()
    if (state.messages === 0) return { found, lacking: 0 }
    const consumer = await jsm.jetstream().consumers.get(EVENT_STREAM)
    const told = await consumer.consume()
    const stop = () => told.stop()
    let silence = setTimeout(stop, SILENT_MS)
    let count = 0
    for await (const one of told) {
      clearTimeout(silence)
      if (one.headers?.get('ce-type') === 'parley.message.created') found.add(one.headers.get('ce-id'))
      if (++count >= state.messages) break
      silence = setTimeout(stop, SILENT_MS)
    }
    return { found, lacking: state.messages - count }
  } finally {
    await connection.close()
  }
}
