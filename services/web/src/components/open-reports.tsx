import { unreadLabel } from '../chat/read-state.ts'
import { Badge } from './badge.tsx'

/** How many reports wait for a decision; nothing where none does, or nobody knows. */
export function OpenReports({ count }: { count: number | null }) {
  if (!count) return null
  return (
    <Badge data-testid="open-reports">
      {unreadLabel(count)}
      <span className="visually-hidden"> open</span>
    </Badge>
  )
}
