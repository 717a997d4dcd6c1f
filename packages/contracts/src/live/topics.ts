import { type Static, Type } from 'typebox'
import { UpsertContext } from '../shapes/context.ts'
import { Control, Online } from './control.ts'
import { HeardQuestion } from './heard.ts'
import { subjects } from './subjects.ts'
import { defineTopic } from './topic.ts'

export type Pulse = Static<typeof Pulse>
export const Pulse = Type.Object({
  publisherId: Type.String(),
  numbers: Type.Record(Type.String(), Type.Integer(), { description: 'Per shard, the number of its last envelope' }),
  bye: Type.Boolean({ description: 'True: this publisher ends' }),
})

export type ReplicaBeat = Static<typeof ReplicaBeat>
export const ReplicaBeat = Type.Object({
  id: Type.String({ description: 'What the RPC subjects end in that this replica alone serves' }),
  bye: Type.Boolean({ description: 'True: it is closing, and takes no new calls' }),
})

/** The envelopes of a shard that did not come, first and last number included. */
export type ReplayRequest = Static<typeof ReplayRequest>
export const ReplayRequest = Type.Object({ shard: Type.Integer(), from: Type.Integer(), to: Type.Integer() })

/**
 * What is said as JSON on the bus besides calls and events; live envelopes, and the replies to a replay, are bytes of their
 * own (live-envelope.ts).
 */
export const topics = {
  pulse: defineTopic(subjects.pulse, Pulse),
  replica: defineTopic(subjects.replica, ReplicaBeat),
  replay: defineTopic(subjects.replay, ReplayRequest),
  control: defineTopic(subjects.control, Control),
  online: defineTopic(subjects.online, Online),
  heard: defineTopic(subjects.heard, HeardQuestion),
  hostContext: defineTopic(subjects.hostContext, UpsertContext),
} as const
