import { v7 } from 'uuid'

/** A UUIDv7 (RFC 9562): in the order of their milliseconds. Nobody guesses one: pictures are seen by whoever has theirs. */
export const newId = (): string => v7()
