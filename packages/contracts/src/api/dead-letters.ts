import { DeadEvent, ListDeadEvents, RedriveDeadEvents } from '../shapes/dead-event.ts'
import { DeadLetter, ListDeadLetters, RedriveDeadLetters, Redriven } from '../shapes/dead-letter.ts'
import { pageOf } from '../shapes/pagination.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Notifications that reached nobody, and events that nobody could handle. For admins and the host. */
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
  listDeadEvents: {
    summary: 'Events that the notification worker could not handle, the newest first',
    description: 'After five tries. They are kept for 30 days, by reference and without what they tell',
    tag: 'admin',
    http: 'GET /admin/dead-letters/events',
    input: ListDeadEvents,
    output: pageOf(DeadEvent),
    errors: atTheDoor,
  },
  redriveDeadEvents: {
    summary: 'Have events handled again that could not be',
    description:
      'As they are now: what was deleted meanwhile does not come back. One that fails again is put aside again',
    tag: 'admin',
    http: 'POST /admin/dead-letters/events/redrive',
    input: RedriveDeadEvents,
    output: Redriven,
    errors: atTheDoor,
  },
} as const satisfies Record<string, Procedure>
