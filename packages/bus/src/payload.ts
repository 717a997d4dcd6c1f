import { ParleyError } from '@parley/contracts'
import type { DurableMessage } from './bus.ts'

/** What NATS allows unless it is configured otherwise; bytes, headers included. */
export const DEFAULT_MAX_PAYLOAD = 1024 * 1024

/** What the server said when we connected; a lost connection says nothing. */
export function maxPayloadOf(nc: { info?: { max_payload: number } | undefined }): number {
  return nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD
}

const encoder = new TextEncoder()
const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/
const HEADER_NAME = /^[^\s:]+$/

/** Throws `payload_too_large`: the same refusal from every bus, before anything has left. */
export function refuseOversized(bytes: number, maxPayload: number): void {
  if (bytes <= maxPayload) return
  throw new ParleyError('payload_too_large', `The bus carries at most ${maxPayload} bytes in a message, not ${bytes}`)
}

/**
 * Throws a TypeError for a subject that cannot be published to. A space or a line break in it would be read by the
 * server as the next part of the protocol.
 */
export function refuseSubject(subject: string): void {
  if (!SUBJECT.test(subject)) throw new TypeError(`Not a subject to publish to: ${JSON.stringify(subject)}`)
}

/**
 * The header block of a durable message as NATS writes it (ADR-4: `NATS/1.0`, then a line per header). The in-process bus
 * counts its bytes too, so that a message fits either bus or neither.
 */
export function encodeHeaders({ id, headers }: DurableMessage): Uint8Array {
  let block = `NATS/1.0\r\nNats-Msg-Id: ${headerValue(id)}\r\n`
  for (const name in headers) {
    if (!HEADER_NAME.test(name)) throw new TypeError(`Not a header name: ${JSON.stringify(name)}`)
    block += `${name}: ${headerValue(headers[name]!)}\r\n`
  }
  return encoder.encode(`${block}\r\n`)
}

function headerValue(value: string): string {
  if (value.includes('\n') || value.includes('\r')) throw new TypeError('A header has one line')
  return value
}
