import { costsTable, NOON, scaleTable } from '@parley/bench/scaling'
import { withSection } from './marked-section.ts'

/** The page with what the model of many people says now, between its marks. Throws when it has not got them. */
export function withScaling(page: string): string {
  const sizes = [20_000, 100_000, 1_000_000].map((sockets) => ({ ...NOON, sockets }))
  const scaled = withSection(page, 'docs/scaling.md', '<!-- scale -->', scaleTable(sizes))
  return withSection(scaled, 'docs/scaling.md', '<!-- costs -->', costsTable())
}
