import type { KeyboardEvent, RefObject } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import styles from './completions.module.css'
import { useCanned } from './use-canned.ts'
import { useMentions } from './use-mentions.ts'

/** What is completed while writing: the names of people behind an `@`, and saved replies behind a `/` at the beginning. */
export function useCompletions(
  field: RefObject<HTMLTextAreaElement | null>,
  conversation: HeldConversation,
  text: string,
  change: (text: string) => void,
  /** A text that is changed was no shortcut. */
  withReplies: boolean,
) {
  const mentions = useMentions(field, conversation, text, change)
  const canned = useCanned(conversation.id, withReplies ? text : '', change)
  const { id, chosen, choose } = mentions.people.length > 0 ? mentions : canned
  const people = mentions.people.map((person) => ({
    key: person.userId,
    testId: `mention-${person.userId}`,
    content: (
      <>
        <Avatar id={person.userId} name={personName(person)} url={person.avatarUrl} small />
        <bdi>{personName(person)}</bdi>
      </>
    ),
  }))
  const replies = canned.replies.map(({ scope, shortcut, filled, text: template }) => ({
    key: `${scope} ${shortcut}`,
    testId: `canned-${shortcut}`,
    content: (
      <>
        <bdi className={styles.shortcut}>/{shortcut}</bdi>
        <span className={styles.words} dir="auto">
          {filled ?? template}
        </span>
      </>
    ),
  }))
  const items = people.length > 0 ? people : replies
  const label = people.length > 0 ? 'People to mention' : 'Saved replies'

  return {
    /** For `Completions`; null: nothing is offered. */
    shown: items.length > 0 ? { id, label, items, chosen, onChoose: choose } : null,
    track: mentions.track,
    close: mentions.close,
    /** True: the key was for the choice. */
    onKey: (event: KeyboardEvent): boolean => mentions.onKey(event) || canned.onKey(event),
    /** For the field. */
    aria: {
      'aria-autocomplete': 'list',
      'aria-controls': items.length > 0 ? id : undefined,
      'aria-activedescendant': items.length > 0 ? `${id}-${chosen}` : undefined,
    } as const,
  }
}
