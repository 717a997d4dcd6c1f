import { Button } from './button.tsx'
import listStyles from './conversation-list.module.css'
import { InlineError } from './inline-error.tsx'
import styles from './pages-end.module.css'
import type { Pages } from './use-pages.ts'

/** What stands below a list that comes in pages. */
export function PagesEnd({ pages, nothing }: { pages: Pages<unknown>; nothing: string }) {
  const { items, status, detail, hasMore, more, reload } = pages
  if (status === 'failed')
    return (
      <div className={listStyles.note}>
        <InlineError>{detail}</InlineError>
        <Button quiet onClick={reload}>
          Try again
        </Button>
      </div>
    )
  if (status === 'loading') return <p className={`muted ${styles.note}`}>Loading…</p>
  if (items.length === 0) return <p className={`muted ${styles.note}`}>{nothing}</p>
  if (!hasMore) return null
  return (
    <Button quiet onClick={more}>
      Load more
    </Button>
  )
}
