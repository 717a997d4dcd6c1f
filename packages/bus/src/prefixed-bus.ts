import type { Bus, Delivery } from './bus.ts'

/** One token of a subject, which may also stand in the name of a stream; the names before it have capitals. */
const PREFIX = /^[a-z0-9-]{1,40}$/

/** What a stream is called on the server: its end tells whose it is. */
const streamEnd = (prefix: string) => `_${prefix}`

/** Whether the stream, by its name on the server, was made through a bus with this prefix. */
export const isStreamOf = (prefix: string, stream: string): boolean => stream.endsWith(streamEnd(prefix))

/**
 * The same bus in a subject space of its own, for several systems on one server: what is said as `a.b` travels as
 * `<prefix>.a.b`, the stream `S` is kept as `S_<prefix>`. Callers see none of it.
 */
export function prefixedBus(bus: Bus, prefix: string): Bus {
  const space = `${prefix}.`
  const inside = (subject: string) => space + subject
  const outside = (subject: string) => subject.slice(space.length)
  const stored = (stream: string) => stream + streamEnd(prefix)
  return {
    get maxPayload() {
      return bus.maxPayload
    },
    get connected() {
      return bus.connected
    },
    request: (subject, body, opts) => bus.request(inside(subject), body, opts),
    requestParts: (subject, body, opts) => bus.requestParts(inside(subject), body, opts),
    serve: (subject, queue, handle) => bus.serve(inside(subject), queue, handle),
    publish: (subject, body) => bus.publish(inside(subject), body),
    subscribe: (subject, handle) => bus.subscribe(inside(subject), (body, on) => handle(body, outside(on))),
    ensureStream: ({ name, subjects, ...bounds }) =>
      bus.ensureStream({ name: stored(name), subjects: subjects.map(inside), ...bounds }),
    publishDurable: (messages) =>
      bus.publishDurable(messages.map((message) => ({ ...message, subject: inside(message.subject) }))),
    revise: ({ stream, filter, ...revision }) =>
      bus.revise({ stream: stored(stream), filter: inside(filter), ...revision }),
    locate: ({ stream, filter, ...search }) =>
      bus.locate({ stream: stored(stream), filter: inside(filter), ...search }),
    consume({ stream, name, filter, since }, handle) {
      const take = (delivery: Delivery) => handle({ ...delivery, subject: outside(delivery.subject) })
      return bus.consume({ stream: stored(stream), name, filter: inside(filter), since }, take)
    },
    pending: ({ stream, name }) => bus.pending({ stream: stored(stream), name }),
    onReconnect: (listener) => bus.onReconnect(listener),
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  }
}

/** Throws a TypeError for a prefix that is not of small letters, digits and `-` (at most 40). */
export function refusePrefix(prefix: string): void {
  if (!PREFIX.test(prefix)) throw new TypeError(`Not a prefix for a bus: ${JSON.stringify(prefix)}`)
}
