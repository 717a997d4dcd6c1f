import { type Bus, rpcClient } from '@parley/bus'
import { type Claims, claims } from '@parley/contracts'
import { failpoint } from '@parley/runtime'

/** Shorter than a sender waits for an answer, so that what it was is said. Milliseconds. */
const TIMEOUT_MS = 3_000

/** The storage service, asked for what messages have attached. */
export function connectClaims(bus: Bus): Claims {
  const client = rpcClient(bus, claims, { timeoutMs: TIMEOUT_MS })
  return {
    ...client,
    async claimAttachments(actor, input) {
      const claimed = await client.claimAttachments(actor, input)
      failpoint('conversation.claimed')
      return claimed
    },
  }
}
