/** Whoever is disabled, or asks too much, is refused by every procedure before it looks at anything. */
export const atTheDoor = ['forbidden', 'rate_limited'] as const

/** Nobody writes any more where a conversation has ended. */
export const ended = ['conversation_read_only', 'conversation_closed'] as const

/** What the host's own moderators say of words before they are there. */
export const moderated = ['rejected_by_host', 'held_for_review'] as const
