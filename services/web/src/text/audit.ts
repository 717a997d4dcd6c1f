import type { AuditEntry } from '@parley/contracts'
import { calledText, isolated, personName } from './names.ts'

type Details = AuditEntry['details']

/** What the entries of the log tell, in words. */
const actions: Readonly<Record<string, (details: Details) => string>> = {
  'attachment.infected': () => 'sent a file that has a virus',
  'attachments.erase': () => 'erased the files of a user',
  'broadcast.sent': () => 'sent an announcement to everybody',
  'canned_reply.deleted': () => 'deleted a saved reply of everybody',
  'canned_reply.put': () => 'saved a reply for everybody',
  'conversation.active': () => 'opened a conversation again',
  'conversation.closed': () => 'closed a conversation',
  'conversation.joined': ({ role }) =>
    role === 'observer' ? 'came to observe a conversation' : 'came to moderate a conversation',
  'conversation.observed': () => 'listened in to a conversation',
  'conversation.read': () => 'looked at a conversation',
  'conversation.read_only': () => 'made a conversation read-only',
  'conversations.listed': () => 'looked through the conversations',
  'held_message.refused': () => 'refused a held message',
  'held_message.released': () => 'released a held message',
  'held_messages.listed': () => 'looked through the held messages',
  'message.acted_on': () => 'acted on an offer or a booking request for others',
  'message.history_read': () => 'read what a message said before',
  'message.xrayed': () => 'looked at what became of a message',
  'messages.read': () => 'read messages of a conversation',
  'policy.changed': () => 'changed the policy',
  'report.dismissed': () => 'dismissed a report',
  'report.resolved': () => 'resolved a report',
  'reports.listed': () => 'read the reports',
  'session.ended': () => 'signed out a device of their own',
  'session.revoked': () => 'signed out a device of a user',
  'sessions.revoked': () => 'signed a user out everywhere',
  'user.disabled': () => 'shut a user out',
  'user.enabled': () => 'let a user in again',
  'user.read': () => 'looked at a user',
  'webhooks.create': () => 'added a webhook',
  'webhooks.delete': () => 'deleted a webhook',
  'webhooks.disabled': ({ reason }) =>
    reason === 'gone' ? 'turned off a webhook that says that it is gone' : 'turned off a webhook that nothing reached',
  'webhooks.replay': () => 'had a webhook told again',
  'webhooks.rotate_secret': () => 'gave a webhook another secret',
  'webhooks.test': () => 'sent a webhook a test',
  'webhooks.update': () => 'changed a webhook',
}

/** "closed a conversation"; of an action without words of its own its name, legibly. */
export function auditAction({ action, details }: Pick<AuditEntry, 'action' | 'details'>): string {
  const known = Object.hasOwn(actions, action) ? actions[action] : undefined
  return known ? known(details) : action.replaceAll(/[._]/g, ' ')
}

/** To whom or what it was done, by name where it has one. */
export function auditTarget({
  target,
  targetUser,
  targetConversation,
}: Pick<AuditEntry, 'target' | 'targetUser' | 'targetConversation'>): { name: string; value: string }[] {
  if (targetUser) return [{ name: 'user', value: isolated(personName(targetUser)) }]
  const called = targetConversation && calledText(targetConversation)
  if (called) return [{ name: 'conversation', value: called }]
  return target ? [{ name: 'which', value: isolated(target) }] : []
}

/** The particulars of an entry, each with its name: what is empty says nothing and is left out. */
export function auditDetails(details: Details): { name: string; value: string }[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (value === null || value === undefined || value === '') return []
    const words = name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ')
      .toLowerCase()
    return [{ name: words, value: isolated(valueText(value)) }]
  })
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
      .join('; ')
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
