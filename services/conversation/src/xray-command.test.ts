import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MessageXray } from '@parley/contracts'
import { freePort } from '@parley/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { xrayCommand } from './xray-command.ts'

const life: MessageXray = {
  ...{ messageId: 'm', conversationId: 'c', seq: 7, type: 'text', senderId: 'ana' },
  steps: [
    { step: 'received', at: '2026-11-30T12:00:00.000Z', who: 'p', isKnown: true, says: 'taken in' },
    { step: 'told', at: null, who: null, isKnown: false, says: 'not known, because nobody says' },
    { step: 'read', at: '2026-11-30T12:00:02.500Z', who: 'ben', isKnown: true, says: 'read' },
  ],
}
const asked: [path: string | undefined, token: string | undefined][] = []
const server = createServer(({ url, headers }, response) => {
  asked.push([url, headers.authorization])
  response.writeHead(url?.includes('/m/') ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(url?.includes('/m/') ? life : { status: 404, detail: 'No such message' }))
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => void server.close())

async function run(args: string[], env: Record<string, string> = {}) {
  const said: string[] = []
  const say = (text: string) => said.push(text)
  const port = String((server.address() as AddressInfo).port)
  const code = await xrayCommand(args, { env: { PORT: port, ...env }, stdout: say, stderr: say })
  return [code, said.join('')]
}

test('npm run xray says the life of a message, a line for each step', async () => {
  expect(await run(['m'], { PARLEY_TOKEN: 'of-an-admin' })).toEqual([
    0,
    [
      'Message m: text of ana, number 7 of conversation c',
      '2026-11-30T12:00:00.000Z       +0 ms  received  taken in (p)',
      '-                                     told      not known, because nobody says',
      '2026-11-30T12:00:02.500Z    +2500 ms  read      read (ben)',
      '',
    ].join('\n'),
  ])
  expect(asked.at(-1)).toEqual(['/v1/admin/messages/m/xray', 'Bearer of-an-admin'])
  expect(JSON.parse(String((await run(['m', '--json']))[1]))).toEqual(life)
})

test('what is wrong is said, and with whose token it is asked', async () => {
  expect(await run(['x'])).toEqual([1, expect.stringContaining('404 No such message')])
  expect(await run(['m', '--url', `http://127.0.0.1:${await freePort()}`])).toEqual([
    1,
    expect.stringContaining('ECONNREFUSED'),
  ])
  const production = { NODE_ENV: 'production', JWT_SECRET: 'a secret that is long enough for production' }
  expect(await run(['m'], production)).toEqual([1, expect.stringContaining('PARLEY_TOKEN')])
  for (const args of [[], ['--json'], ['m', '--tenant'], ['m', '--all', 'x']]) expect((await run(args))[0]).toBe(2)
})
