import type { Notification, NotificationChannel, NotificationKind, NotificationLevel } from '@parley/contracts'
import { transitionWords } from '@parley/contracts/transitions'
import type { HeldConversation } from '../chat/chat-state.ts'
import { contextName, conversationName } from './names.ts'

/** The ways to be told. */
export const channelTexts: Readonly<Record<NotificationChannel, string>> = {
  inApp: 'In the list below the bell',
  push: 'By push, to browsers and devices',
  email: 'By e-mail',
}

/** What one can be told of. Reports come to moderators alone. */
export const kindTexts: Readonly<Record<NotificationKind, string>> = {
  message: 'Messages',
  mention: 'Messages that mention me',
  offer: 'Offers',
  booking_request: 'Booking requests',
  transition: 'What becomes of offers and booking requests',
  added: 'Conversations that I am added to',
  context: 'Changes of what a conversation is about',
  broadcast: 'Announcements',
  report: 'Reports',
}

/** Of what in one conversation one is told. */
export const levelTexts: Readonly<Record<NotificationLevel, string>> = {
  all: 'All messages',
  mentions: 'Only mentions',
  nothing: 'Nothing',
}

const HOUR = 60
const DAY = 24 * HOUR

/** When e-mails come, in minutes of absence; among them what is chosen already, wherever that was. */
export function digestChoices(chosen: number | null): { minutes: number | null; text: string }[] {
  const usual = [null, 15, HOUR, 4 * HOUR, DAY]
  const all = usual.includes(chosen) ? usual : [...usual, chosen].sort((a, b) => (a ?? 0) - (b ?? 0))
  return all.map((minutes) => ({ minutes, text: minutes === null ? 'At once' : `After ${spanText(minutes)}` }))
}

function spanText(minutes: number): string {
  for (const [size, one, several] of [
    [DAY, 'a day', 'days'],
    [HOUR, 'an hour', 'hours'],
  ] as const)
    if (minutes % size === 0) return minutes === size ? one : `${minutes / size} ${several}`
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

/** What it is about: the conversation as the list has it, where the list has it. */
export function notificationTitle(
  { conversation, messages, kind }: Notification,
  held: HeldConversation | undefined,
  myId: string | undefined,
): string {
  if (held) return conversationName(held, myId)
  if (kind === 'broadcast' || kind === 'report') return kindTexts[kind]
  if (conversation?.context) return contextName(conversation.context)
  if (conversation?.title) return conversation.title
  const newest = messages.at(-1)
  return newest ? (newest.senderName ?? newest.senderId) : kindTexts[kind]
}

/** The newest of it, and of whom, where the title does not say that. */
export function notificationText(notification: Notification, title: string): string {
  const { messages, count, kind } = notification
  const newest = messages.at(-1)
  if (!newest) return bareText(notification)
  const sender = newest.senderName ?? newest.senderId
  const words = newest.moved
    ? movedText(newest, newest.moved)
    : sender === title
      ? newest.preview
      : `${sender}: ${newest.preview}`
  return count > 1 ? `${count} ${kind === 'broadcast' ? 'announcements' : 'messages'}. ${words}` : words
}

/** What is no message. */
function bareText({ kind, count, conversation }: Notification): string {
  if (kind === 'added') return 'You were added'
  if (kind === 'report') return count > 1 ? `${count} reports to look at` : 'A report to look at'
  const status = conversation?.context?.status
  if (kind === 'context') return status ? `Now: ${status}` : 'Something has changed'
  return kindTexts[kind]
}

type Told = Notification['messages'][number]

/** "Ben accepted the offer: Logo" */
function movedText(
  { senderId, senderName, preview }: Told,
  { type, action, party }: NonNullable<Told['moved']>,
): string {
  const isPerson = party === 'maker' || party === 'recipient'
  const notice = {
    event: 'message_transitioned',
    actorId: isPerson ? senderId : null,
    party,
    action,
    messageId: '',
    type,
  } as const
  const words = transitionWords(notice, () => senderName ?? senderId)
  return preview === '' ? words : `${words}: ${preview}`
}
