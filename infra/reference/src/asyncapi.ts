import { definitions } from '@parley/contracts/named-schemas'
import { busChannels } from './asyncapi-bus.ts'
import { ErrorReply, type Part, SCHEMAS } from './asyncapi-parts.ts'
import { socketChannel } from './asyncapi-sockets.ts'

const DESCRIPTION = `What Parley says and hears besides REST: Socket.IO events for apps, and the bus for the host's own backend.

**Sockets** (\`sockets\`): Socket.IO 4 over WebSocket or long polling, path \`/socket.io\`, namespace \`/\`. Each message is an event
of that name with one argument; those that clients send are acknowledged with the reply described beside them.

**Events** (\`events\`): the part of the bus that is meant for others. Everything else on the bus (\`x-audience: internal\`) is
spoken between Parley's own processes and described for those who operate them.`

/** One AsyncAPI 3.0 document of sockets and bus, from the contracts. Operations are named from Parley's side. */
export function asyncapiDocument(): Record<string, unknown> {
  const parts: Part[] = [socketChannel(), ...busChannels()]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: 'localhost:8080',
        protocol: 'ws',
        pathname: '/socket.io',
        description: 'Socket.IO 4 (Engine.IO 4), WebSocket or long polling',
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
      bus: {
        host: 'localhost:4222',
        protocol: 'nats',
        description: 'NATS with JetStream (NATS_URL)',
        security: [{ $ref: '#/components/securitySchemes/busUser' }],
      },
    },
    channels: Object.fromEntries(parts.map(({ name, channel }) => [name, channel])),
    operations: Object.assign({}, ...parts.map(({ operations }) => operations)),
    components: {
      schemas: { ...definitions(SCHEMAS), ErrorReply },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "The host's own token, as `auth.token` of the handshake or in its Authorization header",
        },
        busUser: { type: 'userPassword', description: 'Each service has its own, and may use only its subjects' },
      },
    },
  }
}
