import styles from './broadcast-banner.module.css'
import { useChat, useSession } from './chat-context.ts'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { MessageText } from './message-text.tsx'

/** What an admin says to everybody; it stays until it is put away. */
export function BroadcastBanner() {
  const { store } = useSession()
  const broadcasts = useChat((state) => state.broadcasts)
  return (
    <div aria-live="polite">
      {broadcasts.map(({ id, title, content }) => (
        <section className={styles.broadcast} key={id} data-testid="broadcast">
          <Icon name="megaphone" />
          <p dir="auto">
            {title && <strong dir="auto">{title}</strong>} <MessageText text={content} />
          </p>
          <IconButton
            icon="close"
            label="Dismiss the announcement"
            onClick={() => store.dispatch({ type: 'broadcast_dismissed', id })}
          />
        </section>
      ))}
    </div>
  )
}
