import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { hears, untilAnswers } from './until-answers.ts'

test('a server is there when it answers, not when its port takes connections', async () => {
  let answer: string | undefined
  let asked = 0
  // as the proxy of a container engine does, whose port is open before anybody listens behind it
  const server = createServer((socket) => {
    asked++
    if (answer === undefined) socket.destroy()
    else socket.end(answer)
    if (asked === 2) answer = '-LOADING\r\n'
    if (asked === 4) answer = '+PONG\r\n'
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await untilAnswers(() => hears(url, 'PING\r\n', /PONG/), 30_000)
    expect(asked).toBe(5)
  } finally {
    server.close()
  }
})

test('a server that never answers is told with its last refusal', async () => {
  await expect(untilAnswers(() => Promise.reject(new Error('nobody')), 0)).rejects.toMatchObject({
    cause: { message: 'nobody' },
  })
})
