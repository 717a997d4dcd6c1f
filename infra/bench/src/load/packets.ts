import type { Packet } from '../client.ts'

const SEQ = Buffer.from('"seq":')
const OK = Buffer.from('"ok":true')
/** `["new_m`, of `["new_message"`: no other event starts like it. */
const NEW_MESSAGE = Buffer.from('["new_m')

/** The server gave up on a gap: the client shall fetch what it missed. */
const RESYNC = Buffer.from('["resync_')

export const isNewMessage = ({ bytes, start }: Packet) => startsWith(bytes, start, NEW_MESSAGE)

export const isResync = ({ bytes, start }: Packet) => startsWith(bytes, start, RESYNC)

/** Acknowledgements are `[{"ok":true,...` or a refusal. */
export const isOk = ({ bytes, start }: Packet) => startsWith(bytes, start + 2, OK)

/**
 * A finder of the first `"seq":` of packets that are all built alike: it looks first where the last one was. Returns -1
 * where there is none.
 */
export function createSeqFinder(): (packet: Packet) => number {
  let hint = 0
  return ({ bytes, start, end }) => {
    let at = start + hint
    if (!startsWith(bytes, at, SEQ)) {
      at = bytes.indexOf(SEQ, start)
      if (at < 0 || at >= end) return -1
      hint = at - start
    }
    return numberAt(bytes, at + SEQ.length)
  }
}

function numberAt(bytes: Buffer, from: number): number {
  let number = 0
  for (let at = from; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) number = number * 10 + bytes[at]! - 0x30
  return number
}

function startsWith(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}
