import { createHistogram, performance } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

/**
 * How often the lag is sampled. Each sample wakes the process: a hundred a second, as Node's own monitor takes them, cost
 * more than everything else that an idle process does.
 */
const SAMPLE_MS = 500

export const EVENT_LOOP_LAG = 'nodejs_eventloop_lag'

/**
 * How late the event loop is, as gauges since the last scrape, under the names that prom-client gives to its own monitor.
 * A timer twice a second says how late it was called: what holds the loop for half a second is always seen, what holds it
 * for less as often as that is of half a second. The share of the time that the loop was busy misses nothing. Sampling
 * begins with the first scrape, since nobody reads it before.
 */
export function measureEventLoopLag(registry: Registry): void {
  const lags = createHistogram()
  let isSampling = false
  let utilization = performance.eventLoopUtilization()

  const sample = () => {
    const due = performance.now() + SAMPLE_MS
    setTimeout(() => {
      // A timer may be called a fraction of a millisecond early; the least that the histogram takes is 1 ns.
      lags.record(Math.max(1, Math.round((performance.now() - due) * 1e6)))
      sample()
    }, SAMPLE_MS).unref()
  }

  const gauge = (name: string, help: string, collect?: (this: Gauge) => Promise<void>) =>
    new Gauge({ name, help, registers: [registry], ...(collect && { collect }) })
  const ofSamples = (statistic: string, what: string) =>
    gauge(
      `${EVENT_LOOP_LAG}_${statistic}_seconds`,
      `The ${what} of the event loop delays sampled since the last scrape.`,
    )

  // Registered first and so collected first: it sets the others before they are written.
  gauge(`${EVENT_LOOP_LAG}_seconds`, 'Lag of event loop in seconds: one turn during the scrape.', async function () {
    if (!isSampling) sample()
    isSampling = true
    setStatistics()
    const asked = performance.now()
    await new Promise(setImmediate)
    this.set((performance.now() - asked) / 1000)
  })
  const min = ofSamples('min', 'minimum')
  const max = ofSamples('max', 'maximum')
  const mean = ofSamples('mean', 'mean')
  const stddev = ofSamples('stddev', 'standard deviation')
  const percentiles = [50, 90, 99].map((n) => ({ n, gauge: ofSamples(`p${n}`, `${n}th percentile`) }))
  const busy = gauge(
    'nodejs_eventloop_utilization_ratio',
    'The share of the time since the last scrape in which the event loop was busy, 0 to 1.',
  )

  function setStatistics(): void {
    const now = performance.eventLoopUtilization()
    busy.set(performance.eventLoopUtilization(now, utilization).utilization)
    utilization = now
    if (lags.count === 0) return
    min.set(lags.min / 1e9)
    max.set(lags.max / 1e9)
    mean.set(lags.mean / 1e9)
    stddev.set(lags.stddev / 1e9)
    for (const { n, gauge } of percentiles) gauge.set(lags.percentile(n) / 1e9)
    lags.reset()
  }
}
