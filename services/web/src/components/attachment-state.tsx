import type { Attachment } from '@parley/contracts'
import styles from './attachment-state.module.css'
import { Icon } from './icon.tsx'

/** Why it cannot be opened. */
export function AttachmentState({ status }: Pick<Attachment, 'status'>) {
  if (status === 'ready') return null
  const isBad = status === 'infected'
  return (
    <span className={styles.state} data-testid="attachment-state" data-bad={isBad || undefined}>
      <Icon name={isBad ? 'block' : 'shield'} />
      {isBad ? 'There is a virus in it' : 'Being checked'}
    </span>
  )
}
