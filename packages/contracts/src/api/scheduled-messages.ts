import { Nothing } from '../shapes/nothing.ts'
import {
  ListScheduledMessages,
  ScheduledMade,
  ScheduledMessage,
  ScheduledMessagePage,
  ScheduledMessageRef,
  ScheduleMessage,
  UpdateScheduledMessage,
} from '../shapes/scheduled-message.ts'
import { atTheDoor, ended } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Messages that are sent at a time of their own. */
export const scheduledMessages = {
  scheduleMessage: {
    summary: 'Send a message at a time',
    description:
      'Looked at now as if it were sent now, and once more when it is due: whoever is not let in any more by then, is blocked or ' +
      'disabled, or finds the conversation ended, has it as `failed` with the code. It is sent once, under its own id as the ' +
      'clientId. All sockets of its sender hear `scheduled_message_updated` of each change.',
    tag: 'scheduled messages',
    http: 'POST /scheduled-messages',
    socket: 'schedule_message',
    input: ScheduleMessage,
    output: ScheduledMade,
    returns: 'scheduled',
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'key_reused'],
  },
  listScheduledMessages: {
    summary: 'Your messages that wait or have failed, the next one first',
    tag: 'scheduled messages',
    http: 'GET /scheduled-messages',
    input: ListScheduledMessages,
    output: ScheduledMessagePage,
    errors: atTheDoor,
  },
  updateScheduledMessage: {
    summary: 'Say something else at that time, or the same at another; one that failed waits again',
    tag: 'scheduled messages',
    http: 'PATCH /scheduled-messages/:scheduledMessageId',
    socket: 'update_scheduled_message',
    input: UpdateScheduledMessage,
    output: ScheduledMessage,
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'already_decided'],
  },
  cancelScheduledMessage: {
    summary: 'Do not send it; again changes nothing',
    tag: 'scheduled messages',
    http: 'DELETE /scheduled-messages/:scheduledMessageId',
    socket: 'cancel_scheduled_message',
    input: ScheduledMessageRef,
    output: Nothing,
    errors: [...atTheDoor, 'not_found', 'already_decided'],
  },
} as const satisfies Record<string, Procedure>
