import { Type } from 'typebox'

/** The input of a call that needs to be told nothing, and the output of one that has nothing to tell. */
export const Nothing = Type.Object({}, { additionalProperties: false })
