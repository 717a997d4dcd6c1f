import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

/** A proxy that serves a process below a path, which it takes off, and answers nothing elsewhere. For tests. */
export async function startPrefixProxy(target: string, prefix: string): Promise<AsyncDisposable & { url: string }> {
  const { hostname, port } = new URL(target)
  const pathOf = ({ url = '' }: IncomingMessage) =>
    url.startsWith(prefix) ? `/${url.slice(prefix.length)}` : undefined
  const server = createServer((incoming, response) => {
    const path = pathOf(incoming)
    if (path === undefined) return void response.writeHead(404).end()
    const { method, headers } = incoming
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  server.on('upgrade', (incoming, socket) => {
    const path = pathOf(incoming)
    if (path === undefined) return void socket.destroy()
    const outgoing = connect(Number(port), hostname)
    const { rawHeaders } = incoming
    const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []))
    outgoing.write(`${[`GET ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
    for (const [one, other] of [
      [socket, outgoing],
      [outgoing, socket],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
