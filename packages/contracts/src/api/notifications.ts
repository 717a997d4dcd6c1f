import { Type } from 'typebox'
import { ConversationRef } from '../shapes/conversation.ts'
import { Nothing } from '../shapes/nothing.ts'
import {
  ConversationLevel,
  NotificationPreferences,
  PutNotificationPreferences,
} from '../shapes/notification-preferences.ts'
import { NotificationTemplate, PutTemplate, TemplateRef, TemplateWords } from '../shapes/notification-template.ts'
import { deadLetters } from './dead-letters.ts'
import { devices } from './devices.ts'
import { atTheDoor } from './expected-errors.ts'
import { notificationList } from './notification-list.ts'
import { type Api, defineRpc } from './operation.ts'

/** How people are told while they are away. Served by the notification worker, over HTTP alone. */
export const notifications = defineRpc('parley.rpc.v1.notifications', {
  ...notificationList,
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
  listNotificationTemplates: {
    summary: 'The words of notifications that are your own (admin)',
    description: 'Whatever is not in it is said in the words that Parley ships, in English and German',
    tag: 'admin',
    http: 'GET /admin/notifications/templates',
    input: Type.Object({}, { additionalProperties: false }),
    output: Type.Object({ data: Type.Array(NotificationTemplate) }),
    errors: atTheDoor,
  },
  getNotificationTemplate: {
    summary: 'In which words somebody of that language is told (admin)',
    description: "Your own; where you have none for the language, Parley's, in the language that is closest",
    tag: 'admin',
    http: 'GET /admin/notifications/templates/:kind/:channel/:locale',
    input: TemplateRef,
    output: NotificationTemplate,
    errors: atTheDoor,
  },
  putNotificationTemplate: {
    summary: 'Say in which words people are told (admin)',
    description:
      'Mustache: `{{name}}`, `{{#section}}`, `{{^otherwise}}`. A name that there is not, a section that does not end, or what would put words ' +
      'into HTML as they are, is refused with its place',
    tag: 'admin',
    http: 'PUT /admin/notifications/templates/:kind/:channel/:locale',
    input: PutTemplate,
    output: NotificationTemplate,
    errors: atTheDoor,
  },
  removeNotificationTemplate: {
    summary: "Go back to Parley's own words (admin)",
    tag: 'admin',
    http: 'DELETE /admin/notifications/templates/:kind/:channel/:locale',
    input: TemplateRef,
    output: Nothing,
    errors: atTheDoor,
  },
  previewNotificationTemplate: {
    summary: 'What somebody would be told, with an example (admin)',
    description: 'In the words that are given, which nobody keeps; without any, in those that hold',
    tag: 'admin',
    http: 'POST /admin/notifications/templates/:kind/:channel/:locale/preview',
    input: PutTemplate,
    output: TemplateWords,
    errors: atTheDoor,
  },
  ...devices,
  ...deadLetters,
})
export type Notifications = Api<typeof notifications>
