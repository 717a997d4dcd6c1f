import type { ReactNode } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName } from '../text/names.ts'
import { Bar } from './bar.tsx'
import { ContextChip } from './context-chip.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { IconButton } from './icon-button.tsx'
import styles from './pane-header.module.css'

interface PaneHeaderProps {
  conversation: HeldConversation
  /** Whose eyes it is named for; undefined for one who is not in it. */
  myId: string | undefined
  /** Below the name: who is in it, where that does not say it. */
  subtitle: string | null
  /** The pane is the page's main part; otherwise it stands below a heading. */
  main?: boolean
  /** To the list, which a phone does not show beside it. */
  onBack(): void
  /** What else has to be known at a glance. */
  tag?: ReactNode
  children?: ReactNode
}

/** Which conversation a pane shows. */
export function PaneHeader({ conversation, myId, subtitle, main = false, onBack, tag, children }: PaneHeaderProps) {
  const Heading = main ? 'h1' : 'h2'
  return (
    <Bar>
      <IconButton icon="back" label="Back to the list" className={styles.back} onClick={onBack} />
      <ConversationAvatar conversation={conversation} myId={myId} />
      <span className={styles.text}>
        <Heading className={styles.title} dir="auto">
          {conversationName(conversation, myId)}
        </Heading>
        <span className={styles.line}>
          <ContextChip conversation={conversation} />
          {tag}
          {subtitle && <span className={`muted ${styles.subtitle}`}>{subtitle}</span>}
        </span>
      </span>
      {children}
    </Bar>
  )
}
