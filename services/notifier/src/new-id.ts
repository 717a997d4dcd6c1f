import { v7 } from 'uuid'

/** A UUIDv7 (RFC 9562): in the order of their milliseconds. */
export const newId = (): string => v7()
