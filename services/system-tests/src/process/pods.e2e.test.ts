import { randomUUID } from 'node:crypto'
import type { Ack, Message } from '@parley/contracts'
import { freshDatabase, startNats, startPostgres, startRedis } from '@parley/testkit'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder, removeFolder, startStandalone } from './standalone-process.ts'

const EACH = 40

/** Two processes that hold all services each, over the same servers. */
async function startTwo() {
  const servers = await Promise.all([startPostgres(), startNats({ own: true }), startRedis({ own: true })])
  const [postgres, nats, redis] = servers
  const database = await freshDatabase(postgres.url)
  const folders = await Promise.all([dataFolder(), dataFolder()])
  onTestFinished(async () => {
    await database[Symbol.asyncDispose]()
    await Promise.all([nats.stop(), redis.stop(), ...folders.map(removeFolder)])
  })
  const env = { DATABASE_URL: database.url, NATS_URL: nats.url, REDIS_URL: redis.url }
  const pods = []
  for (const folder of folders) {
    const pod = await startStandalone(folder, env)
    onTestFinished(() => pod[Symbol.asyncDispose]())
    pods.push(pod)
  }
  const { data } = (await (await fetch(`${pods[0]!.url}/dev/people`)).json()) as {
    data: { userId: string; token: string }[]
  }
  const connect = async (userId: string, url: string) => {
    const { token } = data.find((person) => person.userId === userId)!
    const socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false })
    onTestFinished(() => void socket.close())
    const heard: Message[] = []
    socket.on('new_message', (message: Message) => heard.push(message))
    await new Promise((resolve) => socket.once('ready', resolve))
    const lost = new Promise<undefined>((resolve) => socket.once('disconnect', () => resolve(undefined)))
    const send = (message: object): Promise<Ack<Message> | undefined> =>
      socket.connected ? Promise.race([lost, socket.emitWithAck('send_message', message)]) : lost
    return { heard, send }
  }
  return { pods: pods as [(typeof pods)[0], (typeof pods)[0]], nats, connect }
}

test('pods that hold all services reach themselves without the bus and each other with it: in order, once, though one is killed', async () => {
  const { pods, nats, connect } = await startTwo()
  const [anaAtOne, benAtOne] = await Promise.all(['ana', 'ben'].map((userId) => connect(userId, pods[0].url)))
  const [anaAtOther, benAtOther] = await Promise.all(['ana', 'ben'].map((userId) => connect(userId, pods[1].url)))
  const first = await benAtOther!.send({ to: 'ana', content: 'first' })
  if (!first?.ok) throw new Error('the first is not sent')
  const { conversationId, seq } = first.data
  /** Again at the other pod where it is not acknowledged, as clients do. */
  const sayAll = (from: typeof anaAtOne, other: typeof anaAtOne, name: string) =>
    Promise.all(
      Array.from({ length: EACH }, async (_, n) => {
        const message = { conversationId, content: `${name} ${n}`, clientId: randomUUID() }
        const acked = await from!.send(message)
        if (!acked?.ok) expect(await other!.send(message)).toMatchObject({ ok: true })
      }),
    )
  const saying = [sayAll(anaAtOne, anaAtOther, 'ana'), sayAll(benAtOther, benAtOther, 'ben')]
  await expect.poll(() => benAtOne!.heard.length).toBeGreaterThan(EACH / 4)
  await pods[0].kill('SIGKILL')
  await Promise.all(saying)
  const inOrder = Array.from({ length: 2 * EACH + 1 }, (_, n) => seq + n)
  for (const { heard } of [anaAtOther!, benAtOther!])
    await expect.poll(() => heard.map((message) => message.seq), { timeout: 20_000 }).toEqual(inOrder)
  const upToThen = benAtOne!.heard.map((message) => message.seq)
  expect(upToThen).toEqual(inOrder.slice(0, upToThen.length))
  expect(new Set(benAtOther!.heard.map(({ content }) => content)).size).toBe(2 * EACH + 1)
  // by itself it needs no bus
  await nats.stop()
  expect(await anaAtOther!.send({ conversationId, content: 'alone' })).toMatchObject({ ok: true })
  await expect.poll(() => benAtOther!.heard.at(-1)?.content).toBe('alone')
})
