/** Offered first: what people answer with most. */
export const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const

/** What a small picker shows besides. */
export const moreEmoji = [
  ...['👏', '🙌', '👌', '🤝', '💪', '👋', '🤔', '👀'],
  ...['😀', '😄', '😉', '😊', '😍', '🥳', '😎', '😅'],
  ...['😇', '🤗', '😴', '😕', '😬', '😭', '😡', '🤯'],
  ...['✅', '❌', '⭐', '🔥', '🎉', '💯', '💡', '⏰'],
  ...['📍', '📅', '💶', '🧹', '🔧', '🚗', '☕', '🎁'],
] as const
