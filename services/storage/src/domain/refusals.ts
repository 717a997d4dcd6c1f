import { ParleyError } from '@parley/contracts'

/** In the same words whether there is no such attachment or it is not theirs to know of. */
export const notFound = () => new ParleyError('not_found', 'There is no such attachment')
export const pending = () =>
  new ParleyError('attachment_pending', 'This file is being checked for viruses; try again shortly', {
    retryAfterMs: 2_000,
  })
export const infected = () => new ParleyError('attachment_infected', 'This file holds a virus and cannot be downloaded')
