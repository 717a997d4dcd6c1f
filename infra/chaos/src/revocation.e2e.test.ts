import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation, Presence, ServerEvent } from '@parley/contracts'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, castOf } from './cast.ts'
import { callRest } from './rest.ts'
import { startWorld, type World } from './world.ts'

/** `CHAOS_FULL=1`: links are cut for longer than anything is remembered. */
const isFull = process.env.CHAOS_FULL !== undefined
const CUT_MS = isFull ? 40_000 : 2_500
const CLOSED_WITHIN_MS = 30_000

interface Device {
  socket: Socket
  ended: ServerEvent<'session_ended'>['reason'][]
  typed: ServerEvent<'user_typing'>[]
}

// Needs the built services.
describe('tokens that are taken back', () => {
  let world: World
  let cast: Cast
  let turn = 0
  beforeAll(async () => {
    world = await startWorld({
      ...{ logLevel: 'warn', log() {}, crashed() {} },
      cluster: { storages: 1, notifiers: 1 },
    })
    cast = castOf(world)
    await cast.unlimited()
  }, 180_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  const open = async (userId: string, gateway: number, token = cast.tokenOf(userId)): Promise<Device> => {
    const { url } = world.cluster.processes.find(({ name }) => name === `gateway-${gateway}`)!
    const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { token } })
    const device: Device = { socket, ended: [], typed: [] }
    socket.on('session_ended', ({ reason }) => device.ended.push(reason))
    socket.on('user_typing', (typed) => device.typed.push(typed))
    await new Promise((resolve) => socket.once('ready', resolve))
    return device
  }
  const ask = async (device: Device, event: string, input: object): Promise<string> => {
    const answer = await device.socket
      .timeout(10_000)
      .emitWithAck(event, input)
      .catch(() => undefined)
    return answer === undefined ? 'no answer' : answer.ok ? 'ok' : answer.error.code
  }
  /** Two people who talk, each on both gateways, and have it open. */
  async function scene() {
    turn++
    const [ana, eve] = [`ana-${turn}`, `eve-${turn}`]
    const { id } = await cast.ask<Conversation>(ana, 'POST', '/conversations', {
      ...{ kind: 'direct', participants: [{ userId: eve }] },
    })
    const token = cast.tokenOf(eve)
    const [anas, eves] = await Promise.all([
      Promise.all([open(ana, 1), open(ana, 2)]),
      Promise.all([open(eve, 1, token), open(eve, 2, token)]),
    ])
    for (const device of [...anas, ...eves])
      expect(await ask(device, 'join_conversation', { conversationId: id })).toBe('ok')
    const close = () => {
      for (const { socket } of [...anas, ...eves]) socket.disconnect()
    }
    return { ana, eve, id, token, anas, eves, close }
  }
  const revoke = (userId: string) => cast.command('POST', '/admin/sessions/revoke', { userId })
  const untilClosed = async (devices: readonly Device[]) => {
    const from = performance.now()
    await expect
      .poll(() => devices.map(({ socket, ended }) => [socket.connected, ended]), {
        timeout: CLOSED_WITHIN_MS,
        interval: 50,
      })
      .toEqual(devices.map(() => [false, ['revoked']]))
    return Math.round(performance.now() - from)
  }
  const presenceOf = async (viewer: string, userId: string) =>
    (await cast.ask<{ data: Presence[] }>(viewer, 'GET', `/presence?userIds=${userId}`)).data[0]!.online

  it('close every socket while Redis is stopped, and leave nobody who seems to be there', async () => {
    const { ana, eve, id, token, anas, eves, close } = await scene()
    try {
      await expect.poll(() => presenceOf(ana, eve)).toBe(true)
      await world.servers.redis.kill('SIGKILL')
      await revoke(eve)
      const ms = await untilClosed(eves)
      process.stdout.write(`sockets were closed ${ms} ms after their tokens were taken back, without Redis\n`)
      expect(await callRest(world.cluster.url, token, 'GET', `/conversations/${id}`)).toMatchObject({
        code: 'unauthenticated',
      })
      // the others go on, each gateway for itself
      expect(await ask(anas[0], 'send_message', { conversationId: id, content: 'still here' })).toBe('ok')
      expect(await ask(anas[0], 'typing_start', { conversationId: id })).toBe('ok')
      await world.servers.redis.restart()
      await expect.poll(() => presenceOf(ana, eve), { timeout: 90_000 }).toBe(false)
    } finally {
      close()
      await world.servers.redis.restart()
    }
  }, 240_000)

  it('are good for nothing while NATS is out of reach of the gateways, and close every socket as soon as it is not', async () => {
    const { eve, id, anas, eves, close } = await scene()
    const link = world.pairs['gateway-nats']
    try {
      // from here on it is remembered that they may
      for (const device of eves) expect(await ask(device, 'typing_start', { conversationId: id })).toBe('ok')
      const starts = () => anas.map(({ typed }) => typed.filter(({ isTyping }) => isTyping).length)
      await expect.poll(starts).toEqual([1, 1])
      link.cut()
      await revoke(eve)
      const until = performance.now() + CUT_MS
      while (performance.now() < until) {
        for (const device of eves) {
          expect(await ask(device, 'send_message', { conversationId: id, content: 'let me' })).not.toBe('ok')
          expect(await ask(device, 'sync', { cursors: [] })).not.toBe('ok')
          expect(await ask(device, 'typing_start', { conversationId: id })).toBe('unavailable')
        }
        await sleep(500)
      }
      expect(starts()).toEqual([1, 1])
      link.heal()
      const ms = await untilClosed(eves)
      process.stdout.write(`sockets were closed ${ms} ms after the gateways found NATS again\n`)
      const { data } = await cast.ask<{ data: { content: string }[] }>(
        ...([`ana-${turn}`, 'GET', `/conversations/${id}/messages`] as const),
      )
      expect(data).toEqual([])
    } finally {
      link.heal()
      close()
    }
  }, 240_000)
})
