import { Webhook } from 'standardwebhooks'

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
