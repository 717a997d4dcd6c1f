// Makes a tenant's consumer of the events, as the operator: `npm run consumer -- default-backend default`.
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const { NATS_URL = 'nats://operator:operator-dev@localhost:4222' } = process.env
const [name = 'default-backend', tenant = 'default'] = process.argv.slice(2)
const { username: user, password: pass, host: servers } = new URL(NATS_URL)
const nats = await connect({ servers, user, pass })
const manager = await jetstreamManager(nats)
await manager.consumers.add('PARLEY_EVENTS', {
  durable_name: name,
  filter_subject: `parley.event.v1.${tenant}.>`,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
})
console.log(`The consumer ${name} has what happens in ${tenant}`)
await nats.drain()
