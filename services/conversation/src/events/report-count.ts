import type { Control } from '@parley/contracts'
import type { Logger } from '@parley/runtime'

/** Many reports within this time are counted once. */
const COALESCE_MS = 300

export interface ReportCountOptions {
  count: (tenantId: string) => Promise<{ open: number; at: string }>
  tell: (control: Control) => void
  log: Logger
}

/** Tells the admins of a tenant how many reports wait, a moment after that has changed. */
export function createReportCount({ count, tell, log }: ReportCountOptions) {
  const waiting = new Map<string, NodeJS.Timeout>()
  const telling = new Set<Promise<void>>()
  const say = async (tenantId: string) => {
    try {
      tell({ kind: 'reports_changed', tenantId, ...(await count(tenantId)) })
    } catch (err) {
      log.warn({ err, tenantId }, 'open reports not counted; the next report tells')
    }
  }
  return {
    changed(tenantId: string): void {
      if (waiting.has(tenantId)) return
      const timer = setTimeout(() => {
        waiting.delete(tenantId)
        const told = say(tenantId).finally(() => telling.delete(told))
        telling.add(told)
      }, COALESCE_MS)
      waiting.set(tenantId, timer)
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer)
      waiting.clear()
      await Promise.all(telling)
    },
  }
}
