import { Type } from 'typebox'
import {
  ListNotifications,
  MarkNotificationsRead,
  NotificationPage,
  UnreadNotifications,
} from '../shapes/notification.ts'
import { atTheDoor } from './expected-errors.ts'

/** What somebody was told of, for the list in the app. */
export const notificationList = {
  listNotifications: {
    summary: 'What you were told of, the latest first',
    description:
      'What it says is as it is now: a message that was deleted is in none, and a notification of which nothing is left is in no list. A page ' +
      'may hold fewer than asked for, and still say that there is more',
    tag: 'notifications',
    http: 'GET /notifications',
    input: ListNotifications,
    output: NotificationPage,
    errors: atTheDoor,
  },
  countNotifications: {
    summary: 'How many notifications are unread',
    tag: 'notifications',
    http: 'GET /notifications/unread-count',
    input: Type.Object({}, { additionalProperties: false }),
    output: UnreadNotifications,
    errors: atTheDoor,
  },
  markNotificationsRead: {
    summary: 'Mark notifications as read',
    description:
      'Exactly one of `ids`, `upTo` and `conversationId`. Says nothing about the messages; whoever reads those has read what told of them. Pushes of them are ' +
      'taken back from your devices',
    tag: 'notifications',
    http: 'PUT /notifications/read',
    input: MarkNotificationsRead,
    output: UnreadNotifications,
    errors: atTheDoor,
  },
} as const
