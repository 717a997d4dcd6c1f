import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ParleyError } from '@parley/contracts'
import type { VirusScanner } from '../domain/ports.ts'

export interface ClamdOptions {
  /** `tcp://host:3310` or `unix:/path`. */
  url: string
  /** For so long nothing may happen: it takes no bytes, or has all of them and says nothing. A scan of a large archive takes a while. */
  patienceMs?: number
}

/** As much as is said at once: its answer to a file is a line. */
const MAX_ANSWER = 4_096

/**
 * A clamd, spoken to as `clamd(8)` describes INSTREAM: the bytes in parts, each behind its length, as fast as it takes them, and none kept
 * here. It has to be told to take files as long as the rules allow (`StreamMaxLength`, `MaxFileSize`, `MaxScanSize`): one that is longer
 * than it takes is not known to be clean.
 */
export function createClamd({ url, patienceMs = 60_000 }: ClamdOptions): VirusScanner {
  const place = placeOf(url)
  const talk = async (say: (socket: Socket) => Promise<void>): Promise<string> => {
    const socket = connect(place)
    socket.setTimeout(patienceMs, () =>
      socket.destroy(new Error(`The virus scanner says nothing for ${patienceMs} ms`)),
    )
    const answer = answerOf(socket)
    try {
      // It may answer before it has everything, and then takes no more.
      await Promise.race([say(socket), answer])
      return await answer
    } catch (err) {
      throw cannotSay('The virus scanner cannot be asked', err)
    } finally {
      socket.destroy()
    }
  }

  return {
    async scan(bytes) {
      const answer = await talk((socket) => stream(bytes, socket)).finally(() => bytes.destroy())
      const signature = /^stream: (.+) FOUND$/.exec(answer)?.[1]
      if (signature !== undefined) return { clean: false, signature }
      if (answer === 'stream: OK') return { clean: true }
      throw cannotSay(`The virus scanner says: ${answer}`)
    },
    async check() {
      const answer = await talk(async (socket) => {
        socket.write('zPING\0')
      })
      if (answer !== 'PONG') throw cannotSay(`The virus scanner says: ${answer}`)
    },
  }
}

function placeOf(url: string): { path: string } | { host: string; port: number } {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length) }
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'tcp:') throw new Error(`A virus scanner is at tcp://host:port or unix:/path, not ${protocol}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 3310 : Number(port) }
}

async function stream(bytes: Readable, socket: Socket): Promise<void> {
  socket.write('zINSTREAM\0')
  for await (const part of bytes) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    socket.write(length)
    if (!socket.write(part)) await drained(socket)
    if (socket.destroyed) return
  }
  socket.write(Buffer.alloc(4))
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
    if (socket.destroyed) done()
  })
}

/** What it says up to the zero byte that ends it, also when it has hung up on us while we were still speaking. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    let failure: Error | undefined
    const complete = () => said.includes('\0')
    socket.on('data', (bytes) => {
      said += bytes.toString('utf8')
      if (complete() || said.length > MAX_ANSWER) resolve(said.replace(/\0[\s\S]*$/, '').trim())
    })
    socket.on('error', (err) => {
      failure = err
    })
    socket.on('close', () => reject(failure ?? new Error('The virus scanner hung up')))
  })
}

function cannotSay(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unavailable', message, { cause, retryAfterMs: 10_000 })
}
