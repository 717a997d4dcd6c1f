import type { ReportCase, ReportedMessage } from '@parley/contracts'

/** What a report is about, after "reports" and before the name of whom it concerns. */
export function reportedText({
  messageId,
  conversationId,
  user,
}: Pick<ReportCase, 'messageId' | 'conversationId' | 'user'>) {
  if (messageId) return user ? ' a message of' : ' a message'
  return conversationId && !user ? ' a conversation' : ''
}

/** What a reported message said. */
export function reportedWords({ content, deletedAt }: Pick<ReportedMessage, 'content' | 'deletedAt'>): string {
  if (content === null)
    return deletedAt ? 'It was deleted, and what it said is no longer kept.' : 'What it said is no longer kept.'
  return content || 'It has no words.'
}

/** How often somebody has reported the same. */
export function timesText(count: number): string {
  return count > 1 ? `, ${count} times` : ''
}
