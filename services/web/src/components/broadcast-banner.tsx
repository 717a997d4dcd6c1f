import styles from './broadcast-banner.module.css'
import { useChat, useSession } from './chat-context.ts'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { MessageText } from './message-text.tsx'

/** What an admin says to everybody; it stays until it is put away. */
export function BroadcastBanner() {
  const { announcements } = useSession()
  const broadcasts = useChat((state) => state.broadcasts)
  return (
    <div aria-live="polite">
      {broadcasts.map(({ id, title, content, link }) => (
        <section className={styles.broadcast} key={id} data-testid="broadcast">
          <Icon name="megaphone" />
          <p dir="auto">
            {title && <strong dir="auto">{title}</strong>} <MessageText text={content} />{' '}
            {link && (
              <a href={link} target="_blank" rel="noopener noreferrer">
                Read more
              </a>
            )}
          </p>
          <IconButton icon="close" label="Dismiss the announcement" onClick={() => announcements.dismiss(id)} />
        </section>
      ))}
    </div>
  )
}
