import { adminsOnly, type Case, everybody } from './verdicts.ts'
import { webhookOperations } from './webhooks.ts'
import { wishOperations } from './wishes.ts'

const keys = { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }
const subscription = { endpoint: 'http://127.0.0.1:9/nobody', keys }
const mine = (input: object = {}): readonly Case[] => [
  { at: ['anywhere'], may: everybody, input: () => ({ ...input }) },
]
const overseeing: readonly Case[] = [{ at: ['anywhere'], may: adminsOnly, input: () => ({}) }]

/** By operationId: everybody has devices of their own, and admins look after what reached none. */
const deviceOperations = {
  listDevices: mine(),
  putDevice: mine({ deviceId: 'tried', channel: 'web_push', subscription }),
  removeDevice: mine({ deviceId: 'tried' }),
  getPushKey: mine(),
  listNotifications: mine(),
  countNotifications: mine(),
  markNotificationsRead: mine({ upTo: '2026-01-01T00:00:00.000Z' }),
  listDeadLetters: overseeing,
  redriveDeadLetters: overseeing,
  listDeadEvents: overseeing,
  redriveDeadEvents: overseeing,
}

/** What the notification worker answers. */
export const notifierOperations = { ...webhookOperations, ...deviceOperations, ...wishOperations }
export type NotifierOperation = keyof typeof notifierOperations
