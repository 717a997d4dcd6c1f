import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import type { Located, Search } from './bus.ts'
import { headersOfStream, LOOK_WITHIN_MS, lookAtHeaders } from './nats-headers.ts'

/** Who looks for one message waits for no more than these to be looked at. */
const MOST_LOOKED_AT = 20_000

/** Looks for a message by its id, from a time on: a stream knows no ids but those of the last minutes. */
export async function locateInNatsStream(
  nc: NatsConnection,
  { stream, filter, id, since, until }: Search,
): Promise<Located | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: LOOK_WITHIN_MS })
  const name = await lookAtHeaders(jsm, { stream, filter, since })
  let looked = 0
  try {
    for await (const batch of headersOfStream(jsm, stream, name)) {
      for (const { headers, seq, time } of batch) {
        if (time > until || ++looked > MOST_LOOKED_AT) return undefined
        if (headers?.get('Nats-Msg-Id') === id) return { sequence: seq, storedAt: time }
      }
    }
    return undefined
  } finally {
    await jsm.consumers.delete(stream, name).catch(() => {})
  }
}
