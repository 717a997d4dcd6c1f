import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** What a receiver was sent. */
export interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A real server on this machine that is told of events. */
export interface Receiver {
  url: string
  received: Received[]
  /** How it answers from now on. */
  answer: (response: ServerResponse) => void
  /** The bodies that were signed with this secret, by the library that receivers use; throws for one that was not. */
  verified(secret: string): unknown[]
  close(): Promise<void>
}

export const say =
  (status: number, headers: Record<string, string> = {}, body = ''): Receiver['answer'] =>
  (response) =>
    response.writeHead(status, headers).end(body)

export async function startReceiver(answer: Receiver['answer'] = say(200)): Promise<Receiver> {
  const received: Received[] = []
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    received.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
    receiver.answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer,
    verified: (secret) =>
      received.map(({ headers, body }) => new Webhook(secret).verify(body, headers as Record<string, string>)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}
