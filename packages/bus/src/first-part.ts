import type { Bus } from './bus.ts'

/** A bus's `request` by its `requestParts`: the first part is the whole reply. */
export function firstPart(requestParts: Bus['requestParts']): Bus['request'] {
  return async (subject, body, { timeoutMs }) => {
    let first: Uint8Array | undefined
    await requestParts(subject, body, {
      timeoutMs,
      onPart: (part) => {
        first = part
        return true
      },
    })
    return first!
  }
}
