import { textParts } from '@parley/contracts/message-text'
import { memo } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { linkedParts } from '../text/links.ts'
import { nameIn } from '../text/names.ts'
import styles from './message-text.module.css'

interface MessageTextProps {
  text: string
  mentions?: readonly string[]
  /** Who may be mentioned. */
  people?: HeldConversation['participants']
  myId?: string | undefined
}

const nobody: readonly never[] = []

/** Plain text with its line breaks; web and e-mail addresses become links, who is mentioned a name, nothing else is interpreted. */
export const MessageText = memo(function MessageText({ text, mentions = nobody, people, myId }: MessageTextProps) {
  return (
    <span className={styles.content}>
      {textParts(text, mentions).map((part, index) =>
        'userId' in part ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
          <bdi key={index} className={styles.mention} data-testid="mention" data-me={part.userId === myId || undefined}>
            @{nameIn(people ?? nobody, part.userId)}
          </bdi>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: likewise
          <Words key={index} text={part.text} />
        ),
      )}
    </span>
  )
})

function Words({ text }: { text: string }) {
  return linkedParts(text).map(({ text: part, href }, index) =>
    href === null ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
      <a key={index} href={href} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ),
  )
}
