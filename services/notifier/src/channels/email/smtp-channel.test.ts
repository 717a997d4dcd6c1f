import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import type { Mail } from '../../domain/ports/mail.ts'
import { createSmtpChannel } from './smtp-channel.ts'

const mail: Mail = {
  id: '01900000-0000-7000-8000-00000000000a',
  tenantId: 'acme',
  userId: 'ana',
  to: 'ana@example.com',
  subject: 'Neue Nachrichten: Gärtnerei',
  text: 'Hällo\n',
  html: '<p>Hällo</p>',
  thread: 'conversation.ana',
  replyTo: 'reply+abc@in.example.com',
  unsubscribeUrl: 'https://chat.example.com/v1/notifications/unsubscribe/x.y',
}
const context = { signal: new AbortController().signal }
const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A real server, which keeps what it is given. */
async function receiver(options: SMTPServerOptions = {}) {
  const received: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, _session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        received.push(Buffer.concat(parts).toString())
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { received, url: urlOf(server.server) }
}

const urlOf = (server: Pick<Server, 'address'>) => `smtp://127.0.0.1:${(server.address() as { port: number }).port}`

function channelTo(url: string, deadlineMs?: number) {
  const channel = createSmtpChannel({
    url,
    from: 'Parley <no-reply@chat.example.com>',
    ...(deadlineMs && { deadlineMs }),
  })
  closing.unshift(() => channel[Symbol.dispose]())
  return channel
}

/** Refuses at a step, as servers say it. */
const refusing = (step: 'onMailFrom' | 'onRcptTo', responseCode: number, message: string): SMTPServerOptions => ({
  [step]: (_address: unknown, _session: unknown, done: (err: Error) => void) =>
    done(Object.assign(new Error(message), { responseCode })),
})

test('an e-mail has its words twice, and what threads it, answers it and ends it', async () => {
  const { received, url } = await receiver()
  const channel = channelTo(url)
  expect(await channel.handOver(mail, context)).toMatchObject({ kind: 'accepted' })
  expect(await channel.handOver({ ...mail, id: 'second', replyTo: null, unsubscribeUrl: null }, context)).toMatchObject(
    { kind: 'accepted' },
  )
  expect(await channel.handOver({ ...mail, thread: 'other.ana' }, context)).toMatchObject({ kind: 'accepted' })
  const [first, second, third] = await Promise.all(received.map((raw) => simpleParser(raw)))
  expect(first).toMatchObject({
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@chat.example.com>`,
    from: { value: [{ name: 'Parley', address: 'no-reply@chat.example.com' }] },
    to: { value: [{ address: 'ana@example.com' }] },
    replyTo: { value: [{ address: mail.replyTo }] },
  })
  expect(received[0]).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
  expect(received[0]).toMatch(
    /List-Unsubscribe:\s+<https:\/\/chat\.example\.com\/v1\/notifications\/unsubscribe\/x\.y>/,
  )
  expect(received[0]).toContain('Auto-Submitted: auto-generated')
  // one thread for a conversation, and another for another
  expect(second?.messageId).not.toBe(first?.messageId)
  expect(first?.inReplyTo).toMatch(/^<.+@chat\.example\.com>$/)
  expect([second?.references, third?.references === first?.references]).toEqual([first?.references, false])
  expect(received[1]).not.toMatch(/^(List-Unsubscribe|Reply-To):/m)
})

test('the same hand-over is the same e-mail to whoever gets it twice', async () => {
  const { received, url } = await receiver()
  const channel = channelTo(url)
  for (let times = 0; times < 2; times++) await channel.handOver(mail, context)
  const ids = await Promise.all(received.map(async (raw) => (await simpleParser(raw)).messageId))
  expect(new Set(ids).size).toBe(1)
})

test.each([
  ['no such mailbox', refusing('onRcptTo', 550, 'No such user'), 'gone'],
  ['no such mailbox, said at length', refusing('onRcptTo', 550, '5.1.1 User unknown'), 'gone'],
  ['no such domain', refusing('onRcptTo', 556, '5.1.10 Null MX'), 'gone'],
  ['policy', refusing('onRcptTo', 550, '5.7.1 We do not like you'), 'refused'],
  ['a full mailbox', refusing('onRcptTo', 552, '5.2.2 Mailbox full'), 'later'],
  ['greylisted', refusing('onRcptTo', 451, '4.7.1 Come back'), 'later'],
  ['the sender is refused', refusing('onMailFrom', 550, 'No such user here'), 'refused'],
  ['busy', refusing('onMailFrom', 421, 'Too many connections'), 'later'],
] as const)('what a server says decides: %s', async (_, options, kind) => {
  const { url } = await receiver(options)
  expect((await channelTo(url).handOver(mail, context)).kind).toBe(kind)
})

test('what was read and then refused is refused', async () => {
  const { url } = await receiver({
    onData(stream, _session, done) {
      stream.resume()
      stream.on('end', () => done(Object.assign(new Error('5.6.0 Spam'), { responseCode: 554 })))
    },
  })
  expect((await channelTo(url).handOver(mail, context)).kind).toBe('refused')
})

test('who says nothing, or hangs up, is tried later', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await Promise.all([once(silent, 'listening'), once(rude, 'listening')])
  closing.push(
    () => silent.close(),
    () => rude.close(),
  )
  expect((await channelTo(urlOf(silent), 300).handOver(mail, context)).kind).toBe('later')
  expect((await channelTo(urlOf(rude), 2_000).handOver(mail, context)).kind).toBe('later')
  const nobody = urlOf(rude)
  rude.close()
  expect((await channelTo(nobody, 2_000).handOver(mail, context)).kind).toBe('later')
})

test('an e-mail that is to be left is left', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  closing.push(() => silent.close())
  const leave = new AbortController()
  const outcome = channelTo(urlOf(silent)).handOver(mail, { signal: leave.signal })
  leave.abort()
  expect((await outcome).kind).toBe('later')
})
