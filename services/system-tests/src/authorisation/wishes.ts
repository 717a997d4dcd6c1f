import { anywhere, conversation, conversations } from './messages.ts'
import { adminsOnly, type Case, everybody, participants } from './verdicts.ts'

const mine = (more: object = {}): readonly Case[] => [{ at: anywhere, may: everybody, input: () => ({ ...more }) }]
const overseeing = (more: object = {}): readonly Case[] => [
  { at: anywhere, may: adminsOnly, input: () => ({ ...more }) },
]
/** Of a conversation that they are in; the backend is in all of its tenant's. */
const ofConversation = (more: object = {}): readonly Case[] => [
  { at: conversations, may: { ...participants, service: 'ok' }, input: (it) => ({ ...conversation(it), ...more }) },
]
const template = { kind: 'offer', channel: 'push', locale: 'en' }
const words = { title: '{{sender.name}}', body: '{{count}}' }

/** By operationId: how people are told, and in which words. */
export const wishOperations = {
  getNotificationPreferences: mine(),
  putNotificationPreferences: mine({ previews: true }),
  getNotificationLevel: ofConversation(),
  setNotificationLevel: ofConversation({ level: 'all' }),
  listNotificationTemplates: overseeing(),
  getNotificationTemplate: overseeing(template),
  putNotificationTemplate: overseeing({ ...template, ...words }),
  removeNotificationTemplate: overseeing(template),
  previewNotificationTemplate: overseeing({ ...template, ...words }),
}
