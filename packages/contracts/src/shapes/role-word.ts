import { type Static, Type } from 'typebox'

/** A role as the host's tokens, or the members of a context, name it: "customer", "provider". */
export type RoleWord = Static<typeof RoleWord>
export const RoleWord = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\p{C}\\p{Zl}\\p{Zp}]*$',
  description: "The host's own word for a role",
})
