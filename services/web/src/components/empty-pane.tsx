import { Button } from './button.tsx'
import styles from './empty-pane.module.css'
import { Icon } from './icon.tsx'
import paneStyles from './pane.module.css'

export function EmptyPane({ onCreate }: { onCreate(): void }) {
  return (
    <section className={paneStyles.pane} data-empty aria-label="Your messages">
      <div className={paneStyles.note}>
        <span className={styles.mark}>
          <Icon name="bubble" />
        </span>
        <h2 className={styles.heading}>Your messages</h2>
        <p className="muted">Choose a conversation, or start a new one.</p>
        <Button className={styles.start} onClick={onCreate}>
          New conversation
        </Button>
      </div>
    </section>
  )
}
