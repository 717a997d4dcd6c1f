import { type Static, Type } from 'typebox'
import { OpaqueCursor, Timestamp, text } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'

/** Broadcasts are read for this long, in days. */
export const BROADCAST_DAYS = 30

const Link = Type.String({
  maxLength: 2048,
  pattern: '^https?://[^\\s\\p{Cc}]*$',
  description: 'Where there is more to read',
})

export type Broadcast = Static<typeof Broadcast>
export const Broadcast = Type.Object(
  { title: Type.Optional(text(1, 200)), content: text(1, 2000), link: Type.Optional(Link) },
  { additionalProperties: false },
)
export const SentBroadcast = Type.Object({ id: Type.String(), at: Timestamp })

/** A broadcast as those read it to whom it was sent. */
export type BroadcastMessage = Static<typeof BroadcastMessage>
export const BroadcastMessage = Type.Object({
  id: Type.String(),
  title: orNull(Type.String()),
  content: Type.String(),
  link: Type.Optional(orNull(Type.String())),
  at: Timestamp,
})

export type ListBroadcasts = Static<typeof ListBroadcasts>
export const ListBroadcasts = Type.Object(
  { limit: Type.Optional(Limit), cursor: Type.Optional(OpaqueCursor) },
  { additionalProperties: false },
)
