import { ParleyError } from '@parley/contracts'

/** Of a statement that failed: what it was given may stand in its message, which may be what people have written. */
const ofDatabase = (err: unknown): { code: string; constraint?: unknown } | undefined => {
  for (let at = err; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && /^[0-9A-Z]{5}$/.test(at.code))
      return { code: at.code, ...('constraint' in at && { constraint: at.constraint }) }
  return undefined
}

/** Why an event could not be handled, without anything that people have written. */
export function reasonOf(err: unknown): string {
  if (err instanceof ParleyError) return `${err.code}: ${err.message}`.slice(0, 300)
  // its message has some of the text
  if (err instanceof SyntaxError) return 'Its body is no JSON'
  const database = ofDatabase(err)
  if (database) return `Postgres refused it: ${database.code}${database.constraint ? ` (${database.constraint})` : ''}`
  return err instanceof TypeError
    ? `${err.name}: ${err.message}`.slice(0, 300)
    : err instanceof Error
      ? err.name
      : 'An error'
}
