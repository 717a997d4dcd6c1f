import { type ClientEventName, clientEvents, type ServerEventName, serverEvents } from '@parley/contracts'
import { message, type Part, reference, replySchema } from './asyncapi-parts.ts'
import { serverEventMeanings } from './event-meanings.ts'
import { clientEventExamples, serverEventExamples } from './examples.ts'

const CHANNEL = 'sockets'

/** Namespace `/`: what clients send is received with an acknowledgement as its reply, what they hear is sent. */
export function socketChannel(): Part {
  const messages: Record<string, object> = {}
  const operations: Record<string, object> = {}
  const channel = reference('channels', CHANNEL)
  for (const name of Object.keys(clientEvents) as ClientEventName[]) {
    const { input, output, ...event } = clientEvents[name]
    const summary = `${event.summary}.`
    const example = clientEventExamples[name]
    const ack = `${name}.ack`
    messages[name] = message({ name, summary, payload: input, example: example.input })
    messages[ack] = message({
      name: ack,
      summary: `The acknowledgement of ${name}`,
      payload: replySchema(output),
      example: { ok: true, data: example.output },
    })
    operations[name] = {
      action: 'receive',
      summary,
      channel,
      messages: [reference('channels', CHANNEL, 'messages', name)],
      reply: { channel, messages: [reference('channels', CHANNEL, 'messages', ack)] },
    }
  }
  for (const name of Object.keys(serverEvents) as ServerEventName[]) {
    const summary = serverEventMeanings[name]
    messages[name] = message({ name, summary, payload: serverEvents[name], example: serverEventExamples[name] })
    operations[name] = {
      action: 'send',
      summary,
      channel,
      messages: [reference('channels', CHANNEL, 'messages', name)],
    }
  }
  return {
    name: CHANNEL,
    channel: {
      address: '/',
      title: 'Socket.IO namespace /',
      description: 'One socket per device. Unknown events and wrong shapes are acknowledged with `invalid_input`.',
      servers: [reference('servers', 'gateway')],
      messages,
    },
    operations,
  }
}
