import {
  type ClientEventName,
  clientEvents,
  MAX_HANDSHAKE_CURSORS,
  type ServerEventName,
  serverEvents,
} from '@parley/contracts'
import { serverEventMeanings } from './event-meanings.ts'
import { clientEventExamples, errorExample, serverEventExamples } from './examples.ts'

/** docs/reference/sockets.md */
export function socketsPage(): string {
  const clientNames = Object.keys(clientEvents) as ClientEventName[]
  const serverNames = Object.keys(serverEvents) as ServerEventName[]
  return `# Socket events

Socket.IO 4, path \`/socket.io\`, namespace \`/\`. Give your token as \`auth.token\` (or as \`Authorization: Bearer\`):

\`\`\`js
import { io } from 'socket.io-client'

const socket = io('http://localhost:8080', { auth: { token }, transports: ['websocket'] })
socket.on('new_message', (message) => show(message))
const reply = await socket.emitWithAck('send_message', { to: 'ben', content: 'Hello', clientId: crypto.randomUUID() })
\`\`\`

Whoever comes back may ask in the handshake what they missed, in the shape of \`sync\` and of at most ${MAX_HANDSHAKE_CURSORS} conversations:
\`auth: (show) => show({ token, sync: { cursors, since } })\` is called for each connection. The answer is \`sync\` of
[\`ready\`](#ready), and saves a round trip. Where that is missing (the server could not say at that moment, or something was told
while you came), ask by the event as before.

A handshake that is refused ends in \`connect_error\`, whose \`data\` is \`{ code, message, retryAfterMs? }\`; see
[errors](errors.md). From an address that sends too much it is refused before that, with the status 429 and \`Retry-After\`;
clients try again by themselves. No event has attachments, and no packet more than a megabyte. Schemas of everything below
are in [asyncapi.json](asyncapi.json). New events and new fields may come at any time: ignore what you do not know.

## You send

Every event takes one object and an acknowledgement, which is always called:
\`{ ok: true, data }\` or \`{ ok: false, error: { code, message, retryAfterMs?, errors? } }\`.

${table(clientNames.map((name) => [name, `${clientEvents[name].summary}.`]))}

## You hear

${table(serverNames.map((name) => [name, serverEventMeanings[name]]))}

## Examples

A refusal, of any event: ${block({ ok: false, error: errorExample })}
${clientNames.map((name) => clientExample(name)).join('\n')}
${serverNames.map((name) => `### ${name}\n\nHeard:\n${block(serverEventExamples[name])}`).join('\n')}`
}

function table(rows: [name: string, meaning: string][]): string {
  const lines = rows.map(([name, meaning]) => `| [\`${name}\`](#${name}) | ${meaning} |`)
  return ['| event | what for |', '|---|---|', ...lines].join('\n')
}

function clientExample(name: ClientEventName): string {
  const { input, output } = clientEventExamples[name]
  return `### ${name}\n\nSent:\n${block(input)}\nAcknowledged:\n${block({ ok: true, data: output })}`
}

const block = (value: unknown) => `\n\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n`
