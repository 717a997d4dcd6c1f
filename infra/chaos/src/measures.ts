/** What was measured while one kind of fault was at work, or none. Times in milliseconds. */
export interface Measures {
  times: number
  /** The longest that any client waited for a message that was committed. */
  worstGapMs: number
  /** What and to whom that was. */
  worstGap: string
  /** The longest from the first attempt to the acknowledgement. */
  worstAckMs: number
  errors: Record<string, number>
}

export interface FaultWindow {
  name: string
  from: number
  /** Infinity while the fault is at work. */
  until: number
}

/** A fault is still blamed for this long after it was healed: clients come back by and by. */
const AFTERMATH_MS = 5_000

const NO_FAULT = '(no fault)'

/** Sorts what clients see by the faults that were at work at the time. One that met two faults counts for both. */
export function createMeasures(now: () => number = Date.now) {
  const byFault = new Map<string, Measures>()
  const windows: FaultWindow[] = []
  const of = (name: string): Measures => {
    let measures = byFault.get(name)
    if (!measures) {
      measures = { times: 0, worstGapMs: 0, worstGap: '', worstAckMs: 0, errors: {} }
      byFault.set(name, measures)
    }
    return measures
  }
  const during = (from: number, until: number): Measures[] => {
    const names = new Set<string>()
    for (const window of windows)
      if (window.from <= until && window.until + AFTERMATH_MS >= from) names.add(window.name)
    return (names.size > 0 ? [...names] : [NO_FAULT]).map(of)
  }
  const latencies: number[] = []
  const totals = { delivered: 0, errors: 0 }
  return {
    totals,
    /** A fault begins; call the result when it is healed. */
    begin(name: string): () => void {
      const window: FaultWindow = { name, from: now(), until: Number.POSITIVE_INFINITY }
      windows.push(window)
      of(name).times++
      return () => {
        window.until = now()
      }
    },
    acked(sentAt: number): void {
      const at = now()
      latencies.push(at - sentAt)
      for (const measures of during(sentAt, at)) measures.worstAckMs = Math.max(measures.worstAckMs, at - sentAt)
    },
    delivered(createdAt: number, what: string): void {
      const at = now()
      totals.delivered++
      for (const measures of during(createdAt, at)) {
        if (at - createdAt <= measures.worstGapMs) continue
        measures.worstGapMs = Math.round(at - createdAt)
        measures.worstGap = `${what} at ${new Date(at).toISOString()}`
      }
    },
    failed(code: string): void {
      const at = now()
      totals.errors++
      for (const measures of during(at, at)) measures.errors[code] = (measures.errors[code] ?? 0) + 1
    },
    byFault: (): Record<string, Measures> => Object.fromEntries(byFault),
    ackPercentile(share: number): number {
      const sorted = latencies.toSorted((a, b) => a - b)
      return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    },
  }
}

export type Recorder = ReturnType<typeof createMeasures>
