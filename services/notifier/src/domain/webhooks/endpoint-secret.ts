import { randomBytes } from 'node:crypto'

/** As Standard Webhooks has them: 24 to 64 random bytes in base64 behind a prefix. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`
