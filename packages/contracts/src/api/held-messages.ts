import {
  HeldMessageCase,
  HeldMessageCasePage,
  HeldMessagePage,
  HeldMessageRef,
  ListHeldMessages,
  RefuseHeldMessage,
} from '../shapes/held-message.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Messages of one's own that wait for an admin. */
export const ownHeldMessages = {
  listHeldMessages: {
    summary: 'Your messages that wait until somebody has looked at them, the oldest first',
    description:
      'Sending one was answered `held_for_review`, and so is sending it again under its key. Nobody else sees it. All your sockets ' +
      'hear `held_message_updated` when it was decided.',
    tag: 'messages',
    http: 'GET /held-messages',
    input: ListHeldMessages,
    output: HeldMessagePage,
    errors: atTheDoor,
  },
} as const satisfies Record<string, Procedure>

/** The same for those who look at them. */
export const heldForReview = {
  listHeldForReview: {
    summary: 'Messages that wait for a decision, the oldest first',
    tag: 'admin',
    http: 'GET /admin/held-messages',
    input: ListHeldMessages,
    output: HeldMessageCasePage,
    errors: ['forbidden'],
  },
  releaseHeldMessage: {
    summary: 'Send a held message, once, as its sender and by the rules of now; again changes nothing',
    description:
      'Whoever has left meanwhile, is blocked or disabled, or finds the conversation ended, has it refused with the code. Its place is that of now.',
    tag: 'admin',
    http: 'POST /admin/held-messages/:heldMessageId/release',
    input: HeldMessageRef,
    output: HeldMessageCase,
    errors: ['forbidden', 'not_found', 'already_decided'],
  },
  refuseHeldMessage: {
    summary: 'Do not send it; its sender is told why, and its words are gone; again changes nothing',
    tag: 'admin',
    http: 'POST /admin/held-messages/:heldMessageId/refuse',
    input: RefuseHeldMessage,
    output: HeldMessageCase,
    errors: ['forbidden', 'not_found', 'already_decided'],
  },
} as const satisfies Record<string, Procedure>
