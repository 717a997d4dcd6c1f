import { type Conversation, clientEvents } from '@parley/contracts'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { connect, rest, type TestSocket } from '../stack/test-client.ts'

const refused = { ok: false, error: { code: 'invalid_input', message: expect.any(String) } }

describeStacks('bad socket events over %s', ({ stack, socket }) => {
  let direct: Conversation
  let ana: TestSocket
  let ben: TestSocket
  const ask = (event: string, ...args: unknown[]): Promise<unknown> =>
    ana.socket.timeout(5_000).emitWithAck(event, ...args)

  beforeAll(async () => {
    direct = await rest(stack, 'ana').direct('ben')
    ben = await socket('ben', { gateway: 1 })
    ana = await socket('ana', { transports: ['websocket'] })
  })
  /** Whatever was thrown at it, the same socket goes on, and others hear it. */
  afterEach(async () => {
    const content = crypto.randomUUID()
    expect(await ask('send_message', { conversationId: direct.id, content })).toMatchObject({ ok: true })
    await expect.poll(() => ben.messages(direct.id).at(-1)?.content).toBe(content)
  })

  test('an argument of the wrong shape is invalid_input, for every event', async () => {
    const wrong = [null, undefined, [], [{}], 0, 1.5, '', 'text', '{"conversationId":"x"}', true, { x: 1 }]
    for (const event of Object.keys(clientEvents))
      for (const argument of [...wrong, Buffer.from('bytes'), new Uint8Array([1, 2])])
        expect([event, argument, await ask(event, argument)]).toMatchObject([event, argument, refused])
  })

  test('what is nested very deep is invalid_input', async () => {
    const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as object
    for (const depth of [10, 1_000])
      for (const input of [nested(depth), { conversationId: nested(depth), content: nested(depth) }])
        expect([depth, await ask('send_message', input)]).toMatchObject([depth, refused])
  })

  test("bytes anywhere in an argument are invalid_input, and the text that the packet becomes is nobody's", async () => {
    const conversationId = direct.id
    for (const input of [
      { conversationId, content: Buffer.from('x') },
      { conversationId, content: 'x', more: Buffer.alloc(9_000) },
    ])
      expect(await ask('send_message', input)).toMatchObject(refused)
  })

  test('none, two or three arguments are invalid_input', async () => {
    const input = { conversationId: direct.id }
    for (const event of Object.keys(clientEvents)) {
      expect([event, await ask(event)]).toMatchObject([event, refused])
      expect([event, await ask(event, input, input)]).toMatchObject([event, refused])
      expect([event, await ask(event, input, null, 1)]).toMatchObject([event, refused])
    }
  })

  test('a field of the wrong kind is named', async () => {
    const conversationId = direct.id
    for (const content of [1, null, {}, ['x'], ' ', '\u0000', '\ud800', 'x'.repeat(2_001)]) {
      const reply = await ask('send_message', { conversationId, content })
      expect([content, reply]).toMatchObject([content, { error: { errors: [{ pointer: '/content' }] } }])
    }
    expect(await ask('send_message', { conversationId, content: 'x', senderId: 'ben' })).toMatchObject({
      error: { errors: [{ pointer: '/senderId', code: 'unknown_field' }] },
    })
    expect(await ask('mark_read', { conversationId, seq: '1' })).toMatchObject({
      error: { errors: [{ pointer: '/seq' }] },
    })
    for (const cursor of ['', 'AAAA', Buffer.from('[1,2]').toString('base64url')])
      expect(await ask('sync', { cursors: [{ conversationId, cursor }] })).toMatchObject(refused)
  })

  test('keys that reach for prototypes are unknown fields', async () => {
    const poisoned = JSON.parse('{"content":"x","__proto__":{"conversationId":"x"}}') as object
    expect(await ask('send_message', { ...poisoned, conversationId: direct.id, constructor: {} })).toMatchObject(
      refused,
    )
    expect(
      await ask('send_message', JSON.parse(`{"conversationId":"${direct.id}","content":"x","__proto__":{}}`)),
    ).toMatchObject(refused)
    expect(({} as { conversationId?: string }).conversationId).toBeUndefined()
  })

  test('an unknown event is answered, whatever it is called', async () => {
    for (const event of [
      'nothing',
      '',
      '__proto__',
      'constructor',
      'toString',
      'new_message',
      'x'.repeat(10_000),
      '😀',
    ])
      expect([event, await ask(event, {})]).toMatchObject([event, refused])
  })

  test('reserved event names from a hand-made packet do no harm', async () => {
    for (const event of [
      'connect',
      'connection',
      'disconnect',
      'disconnecting',
      'error',
      'newListener',
      'connect_error',
    ]) {
      const victim = await connect(stack, 'eve', { transports: ['websocket'] })
      // the client refuses to emit these, so the packet goes past it
      ;(victim.socket as unknown as { packet(packet: object): void }).packet({ type: 2, data: [event, {}] })
      await new Promise((resolve) => setTimeout(resolve, 20))
      victim.close()
    }
  })

  test('without an acknowledgement a good event is done and a bad one ignored', async () => {
    const before = (await rest(stack, 'ben').messages(direct.id)).length
    ana.socket.emit('send_message', { conversationId: direct.id, content: 'unacknowledged' })
    for (const event of [...Object.keys(clientEvents), 'nothing']) {
      ana.socket.emit(event)
      ana.socket.emit(event, null)
      ana.socket.emit(event, 1, 2, 3)
    }
    await expect.poll(() => ben.messages(direct.id).at(-1)?.content).toBe('unacknowledged')
    expect((await rest(stack, 'ben').messages(direct.id)).length).toBe(before + 1)
  })

  test('1,000 bad events in a row leave the gateway serving others', async () => {
    const flood = await connect(stack, 'eve', { transports: ['websocket'] })
    const replies = Array.from({ length: 1_000 }, (_, i) => flood.send('send_message', { content: i }))
    const meanwhile = await connect(stack, 'joe')
    expect(await meanwhile.send('send_message', { to: 'ben', content: 'hello' })).toMatchObject({ ok: true })
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject(refused)
    flood.close()
    meanwhile.close()
  })

  test('a frame of 2 MB closes only the socket that sent it', async () => {
    for (const transport of ['websocket', 'polling']) {
      const big = await connect(stack, 'eve', { transports: [transport] })
      const closed = new Promise((resolve) => big.socket.once('disconnect', resolve))
      big.socket.io.reconnection(false)
      big.socket.emit('send_message', { to: 'ben', content: 'x'.repeat(2_000_000) })
      expect([transport, await closed]).toEqual([transport, expect.stringMatching(/transport (close|error)/)])
    }
    expect(ana.socket.connected && ben.socket.connected).toBe(true)
  })

  test('packets that are no Socket.IO close only their own connection', async () => {
    const deep = `42["send_message",${'['.repeat(100_000)}${']'.repeat(100_000)}]`
    const packets = [
      '4',
      '42',
      '42{',
      '42["a"',
      '49',
      '451-',
      '42[]',
      '42[null]',
      '42[{}]',
      '421[1]',
      '4x',
      'zzz',
      '2probe',
      deep,
    ]
    for (const packet of packets) {
      const victim = await connect(stack, 'eve', { transports: ['websocket'] })
      victim.socket.io.reconnection(false)
      const { ws } = victim.socket.io.engine.transport as unknown as { ws: { send(data: string): void } }
      ws.send(packet)
      await new Promise((resolve) => setTimeout(resolve, 20))
      victim.close()
    }
  })
})
