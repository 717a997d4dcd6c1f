import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { readSome, withDeadline } from './exchange.ts'

export interface Http2Answer {
  status: number
  /** In lower case. */
  header(name: string): string | undefined
  /** As far as it was read. */
  body: string
}

export interface Http2Client extends Disposable {
  /** Posts, and reads the beginning of the answer. Rejects where there is none within the deadline. */
  post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    limits: { signal: AbortSignal; deadlineMs: number },
  ): Promise<Http2Answer>
}

/** Nobody needs a connection any more that was quiet for so long. Milliseconds. */
const IDLE_MS = 600_000

/**
 * One connection, that many posts share, made when it is needed and again when it ended. One that left a post without an answer is not
 * used again: nobody may be at its other end.
 */
export function createHttp2Client(origin: string): Http2Client {
  let session: ClientHttp2Session | undefined

  const open = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session
    const opened = connect(origin)
    const over = () => {
      if (session === opened) session = undefined
    }
    opened.on('error', over)
    opened.on('close', over)
    // it answers what it has, and takes no more
    opened.on('goaway', over)
    opened.setTimeout(IDLE_MS, () => opened.close())
    session = opened
    return opened
  }

  return {
    post: (path, headers, body, { signal, deadlineMs }) =>
      withDeadline(signal, deadlineMs, async (leave) => {
        const used = open()
        try {
          return await ask(used, path, headers, body, leave)
        } catch (err) {
          if (session === used) session = undefined
          // others that wait on it are answered, or end by their own deadlines
          used.close()
          throw err
        }
      }),
    [Symbol.dispose]() {
      session?.destroy()
      session = undefined
    },
  }
}

function ask(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  leave: AbortSignal,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream: ClientHttp2Stream = session.request({ ':method': 'POST', ':path': path, ...headers })
    const left = () => {
      stream.close(constants.NGHTTP2_CANCEL)
      reject(new Error('left'))
    }
    leave.addEventListener('abort', left)
    if (leave.aborted) left()
    stream.on('close', () => {
      leave.removeEventListener('abort', left)
      reject(new Error(`the connection ended (${stream.rstCode})`))
    })
    stream.on('error', reject)
    stream.on('response', (said) => {
      readSome(stream).then((text) => {
        stream.close(constants.NGHTTP2_CANCEL)
        resolve({
          status: said[':status'] ?? 0,
          header: (name) => {
            const value = said[name]
            return Array.isArray(value) ? value[0] : value
          },
          body: text,
        })
      })
    })
    stream.end(body)
  })
}
