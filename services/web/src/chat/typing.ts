import type { ChatState } from './chat-state.ts'

/** Whoever typed and fell silent without saying so vanishes after this long. */
export const TYPING_SHOWN_MS = 6000

type Typing = ChatState['typing']

export function withTyping(typing: Typing, conversationId: string, userId: string, until: number | null): Typing {
  const here = typing[conversationId] ?? {}
  if (until === null) {
    if (!(userId in here)) return typing
    const { [userId]: _gone, ...others } = here
    return { ...typing, [conversationId]: others }
  }
  return { ...typing, [conversationId]: { ...here, [userId]: until } }
}

export function withoutExpired(typing: Typing, now: number): Typing {
  const expired = (until: number) => until <= now
  if (!Object.values(typing).some((here) => Object.values(here).some(expired))) return typing
  return Object.fromEntries(
    Object.entries(typing).map(([conversationId, here]) => [
      conversationId,
      Object.fromEntries(Object.entries(here).filter(([, until]) => !expired(until))),
    ]),
  )
}
