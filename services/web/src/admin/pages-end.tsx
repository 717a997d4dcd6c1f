import type { Pages } from './use-pages.ts'

/** What stands below a list that comes in pages. */
export function PagesEnd({ pages, nothing }: { pages: Pages<unknown>; nothing: string }) {
  const { items, status, detail, hasMore, more, reload } = pages
  if (status === 'failed')
    return (
      <div className="list-note">
        <p className="inline-error" role="alert">
          {detail}
        </p>
        <button type="button" className="quiet-button" onClick={reload}>
          Try again
        </button>
      </div>
    )
  if (status === 'loading') return <p className="admin-note muted">Loading…</p>
  if (items.length === 0) return <p className="admin-note muted">{nothing}</p>
  if (!hasMore) return null
  return (
    <button type="button" className="quiet-button" onClick={more}>
      Load more
    </button>
  )
}
