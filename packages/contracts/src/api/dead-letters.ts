import { DeadLetter, ListDeadLetters, RedriveDeadLetters, Redriven } from '../shapes/dead-letter.ts'
import { pageOf } from '../shapes/pagination.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Notifications that reached nobody. For admins and the host. */
export const deadLetters = {
  listDeadLetters: {
    summary: 'Notifications that no receiver took, the newest first',
    description: 'They are kept for 30 days, without the words of the messages that they are about',
    tag: 'admin',
    http: 'GET /admin/dead-letters',
    input: ListDeadLetters,
    output: pageOf(DeadLetter),
    errors: atTheDoor,
  },
  redriveDeadLetters: {
    summary: 'Try again to hand over what no receiver took',
    description: 'What was read meanwhile, or may not be seen any more, stays here all the same',
    tag: 'admin',
    http: 'POST /admin/dead-letters/redrive',
    input: RedriveDeadLetters,
    output: Redriven,
    errors: atTheDoor,
  },
} as const satisfies Record<string, Procedure>
