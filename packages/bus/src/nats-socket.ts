import type { Socket } from 'node:net'
import type { NatsConnection } from 'nats'

/** The connection under the client, which keeps it to itself: undefined while there is none. */
export function socketOf(nc: NatsConnection): Socket | undefined {
  const { protocol } = nc as unknown as { protocol?: { transport?: { socket?: Socket } } }
  return protocol?.transport?.socket
}

/**
 * A `publish` whose messages leave together, in one system call for a turn of the event loop. The client alone writes once
 * for each round of promises: a reply, the live envelope and the events of a commit would each wake the server, and every
 * receiver, by themselves.
 */
export function mergingPublish(nc: NatsConnection): NatsConnection['publish'] {
  let isHeld = false
  return (subject, body, options) => {
    nc.publish(subject, body, options)
    const socket = isHeld ? undefined : socketOf(nc)
    if (!socket) return
    isHeld = true
    socket.cork()
    setImmediate(() => {
      isHeld = false
      socket.uncork()
    })
  }
}
