import { Type } from 'typebox'
import { ConversationRef } from '../shapes/conversation.ts'
import {
  ConversationLevel,
  NotificationPreferences,
  PutNotificationPreferences,
} from '../shapes/notification-preferences.ts'
import { atTheDoor } from './expected-errors.ts'
import { type Api, defineRpc } from './operation.ts'

/** How people are told while they are away. Served by the notification worker, over HTTP alone. */
export const notifications = defineRpc('parley.rpc.v1.notifications', {
  getNotificationPreferences: {
    summary: 'How you want to be told of what happens while you are away',
    tag: 'notifications',
    http: 'GET /me/notification-preferences',
    input: Type.Object({}, { additionalProperties: false }),
    output: NotificationPreferences,
    errors: atTheDoor,
  },
  putNotificationPreferences: {
    summary: 'Say how you want to be told',
    description:
      'All of it: what is left out is as the rules of the tenant have it. A way that those do not allow stays off. Answers what holds now',
    tag: 'notifications',
    http: 'PUT /me/notification-preferences',
    input: PutNotificationPreferences,
    output: NotificationPreferences,
    errors: atTheDoor,
  },
  getNotificationLevel: {
    summary: 'Of what in a conversation you are told',
    tag: 'notifications',
    http: 'GET /conversations/:conversationId/notification-level',
    input: ConversationRef,
    output: ConversationLevel,
    errors: [...atTheDoor, 'not_found'],
  },
  setNotificationLevel: {
    summary: 'Be told of all messages of a conversation, of those that mention you, or of none',
    description: 'For good; to be left alone for a while, mute the conversation',
    tag: 'notifications',
    http: 'PUT /conversations/:conversationId/notification-level',
    input: ConversationLevel,
    output: ConversationLevel,
    errors: [...atTheDoor, 'not_found'],
  },
})
export type Notifications = Api<typeof notifications>
