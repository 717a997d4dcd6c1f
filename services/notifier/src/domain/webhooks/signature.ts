import { Webhook } from 'standardwebhooks'
import type { Sealing } from '../ports/sealing.ts'
import type { Endpoint } from '../ports/webhooks.ts'

/**
 * The headers of Standard Webhooks. Several secrets make several signatures, of which a receiver needs to know one; the time is that of
 * the try, because receivers refuse what was signed long ago.
 */
export function signedHeaders(
  { id, body }: { id: string; body: string },
  secrets: readonly string[],
  at = new Date(),
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}

/** What an endpoint is posted: JSON, signed with its secret, and with the one before for as long as that overlaps. */
export function signedRequest(
  sealing: Sealing,
  { secret, formerSecret }: Pick<Endpoint, 'secret' | 'formerSecret'>,
  { id, body }: { id: string; body: string },
): { headers: Record<string, string>; body: string } {
  const secrets = [secret, ...(formerSecret === null ? [] : [formerSecret])].map((one) => sealing.open(one))
  return { headers: { ...signedHeaders({ id, body }, secrets), 'content-type': 'application/json' }, body }
}
