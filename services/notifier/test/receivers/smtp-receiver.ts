import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { createSmtpChannel } from '../../src/channels/email/smtp-channel.ts'
import type { Mail } from '../../src/domain/ports/mail.ts'
import { listen, writeHuge } from '../../src/testing/receiver.ts'
import type { TestedReceiver } from '../conformance/hand-over-conformance.ts'

/** A mail server that answers what a test says, when it has the whole e-mail; what it refuses of an address it says before. */
export async function openSmtpReceiver(deadlineMs: number): Promise<TestedReceiver<Mail>> {
  const server = createServer((socket) => serve(socket))
  const { port, stop } = await listen(server)
  const channel = createSmtpChannel({
    ...{ url: `smtp://127.0.0.1:${port}`, from: 'Parley <no-reply@chat.example.com>', deadlineMs },
  })

  function serve(socket: Socket) {
    let text = ''
    let isData = false
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 mail.example.com')
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      for (let end = endOf(text, isData); end !== -1; end = endOf(text, isData)) {
        const part = text.slice(0, end)
        text = text.slice(end)
        if (isData) {
          isData = false
          receiver.received.push(part)
          answerMail(socket, say)
        } else if (/^RCPT/i.test(part) && isOfAddress(receiver.answer)) say(saying(receiver.answer))
        else if (/^DATA/i.test(part)) {
          isData = true
          say('354 go on')
        } else say(/^QUIT/i.test(part) ? '221 bye' : '250 ok')
      }
    })
  }

  function answerMail(socket: Socket, say: (line: string) => void) {
    const { answer } = receiver
    if (answer === 'hang') return
    if (answer === 'close') return socket.destroy()
    if (answer === 'accept') return say('250 2.0.0 queued')
    if (answer !== 'huge') return say(saying(answer))
    socket.write('250-2.0.0 queued, ')
    return void writeHuge(socket, (bytes) => {
      receiver.written += bytes
    })
  }

  const receiver: TestedReceiver<Mail> = {
    ...{ channel, answer: 'accept', received: [], written: 0, stop },
    sample: () => ({
      ...{ id: randomUUID(), tenantId: 'acme', userId: 'ana', to: 'ana@example.com', subject: 'Hällo' },
      ...{ text: 'Hällo\n', html: '<p>Hällo</p>', thread: 'c.ana', replyTo: null, unsubscribeUrl: null },
    }),
    failing: [
      { status: 451, body: '4.7.1 Come back' },
      { status: 452, body: '4.2.2 Mailbox full' },
    ],
    gone: [{ status: 550, body: '5.1.1 No such user' }],
    refused: [{ status: 554, body: '5.6.0 Spam' }],
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]()
      await stop()
    },
  }
  return receiver
}

/** Where the next line, or the e-mail, ends; -1: it is not whole. */
function endOf(text: string, isData: boolean): number {
  const mark = isData ? '\r\n.\r\n' : '\r\n'
  const at = text.indexOf(mark)
  return at === -1 ? -1 : at + mark.length
}

type Saying = { status: number; body?: string }
const saying = ({ status, body = '' }: Saying) => `${status} ${body}`
const isOfAddress = (answer: TestedReceiver<Mail>['answer']): answer is Saying =>
  typeof answer === 'object' && answer.body?.startsWith('5.1.') === true
