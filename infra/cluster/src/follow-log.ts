import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Hands on every line that is written to a file from now on, until the signal says stop. */
export async function followLog(file: string, signal: AbortSignal, line: (text: string) => void): Promise<void> {
  await using handle = await open(file, 'r')
  const chunk = Buffer.alloc(64 * 1024)
  const decoder = new TextDecoder()
  let rest = ''
  while (!signal.aborted) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length)
    const lines = (rest + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) line(text)
    if (bytesRead === 0) await sleep(200, undefined, { signal }).catch(() => {})
  }
}
