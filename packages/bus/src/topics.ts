import type { Topic } from '@parley/contracts'
import type { Static, TSchema } from 'typebox'
import type { Bus, Unsubscribe } from './bus.ts'
import type { BusLog } from './bus-log.ts'

/** Says it to whoever listens now. */
export function publishTopic<T extends TSchema>(bus: Bus, topic: Topic<T>, value: Static<T>): void {
  bus.publish(topic.subject, topic.encode(value))
}

/** Resolves when the subscription is in force. What is not of the topic's shape is a line in the log, and left aside. */
export function subscribeTopic<T extends TSchema>(
  bus: Bus,
  topic: Topic<T>,
  handle: (value: Static<T>) => void,
  log: BusLog,
): Promise<Unsubscribe> {
  return bus.subscribe(topic.subject, (body) => hear(topic, body, handle, log))
}

/** Serves in a queue group; replies are bytes. A request that is not of the topic's shape gets none. */
export function serveTopic<T extends TSchema>(
  bus: Bus,
  topic: Topic<T>,
  queue: string,
  handle: (value: Static<T>, reply: (part: Uint8Array) => void) => void,
  log: BusLog,
): Promise<Unsubscribe> {
  return bus.serve(topic.subject, queue, (body, reply) => hear(topic, body, (value) => handle(value, reply), log))
}

function hear<T extends TSchema>(topic: Topic<T>, body: Uint8Array, handle: (value: Static<T>) => void, log: BusLog) {
  let value: Static<T>
  try {
    value = topic.decode(body)
  } catch (err) {
    // Another release may say what this one does not know.
    log.warn({ err, subject: topic.subject }, 'what was said is not of its topic')
    return
  }
  handle(value)
}
