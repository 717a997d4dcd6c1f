const SEGMENT = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}'
const KEY = new RegExp(`^${SEGMENT}(/${SEGMENT}){0,7}$`)
const PREFIX = new RegExp(`^(${SEGMENT}/){0,7}(${SEGMENT})?$`)

/** Throws where a key is not what this service makes: letters, digits, `._-` in parts between `/`, none of which begins with a dot. */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`No key of an object: ${JSON.stringify(key)}`)
}

/** The same of what keys begin with. */
export function checkPrefix(prefix: string): void {
  if (!PREFIX.test(prefix)) throw new Error(`No beginning of an object's key: ${JSON.stringify(prefix)}`)
}
