import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const ASK_EVERY_MS = 100
const ANSWER_MS = 2_000

/** Asks until it is answered. Rejects with the last refusal when that takes too long. */
export async function untilAnswers(ask: () => Promise<unknown>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      if (Date.now() > deadline) throw new Error('The server does not answer', { cause: error })
      await sleep(ASK_EVERY_MS)
    }
  }
}

/** Connects to the server of a URL, says something, and rejects unless what comes back is what was expected. */
export function hears(url: string, say: string, expected: RegExp): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const end = (error?: Error) => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.setTimeout(ANSWER_MS, () => end(new Error('no answer in time')))
    socket.once('connect', () => socket.write(say))
    socket.once('data', (data) => end(expected.test(String(data)) ? undefined : new Error(`It says ${data}`)))
    socket.once('error', end)
    socket.once('close', () => end(new Error('closed without an answer')))
  })
}
