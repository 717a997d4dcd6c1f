/** A metric as a page describes it. */
export interface DescribedMetric {
  /** The heading that it stands under. */
  section: string
  name: string
  /** Sorted. */
  labels: string[]
}

/** The metrics that a page of Markdown has in the first cells of its tables, as `name{label,other="value"}`. */
export function describedMetrics(page: string): DescribedMetric[] {
  let section = ''
  return page.split('\n').flatMap((line) => {
    section = /^## (.+)$/.exec(line)?.[1] ?? section
    const cell = /^\| (`parley_.*?) \|/.exec(line)?.[1] ?? ''
    return [...cell.matchAll(/`(parley_\w+)(?:\{([^}]*)\})?`/g)].map(([, name = '', labels = '']) => ({
      ...{ section, name },
      labels: labels
        .split(',')
        .flatMap((label) => label.split('=')[0] || [])
        .sort(),
    }))
  })
}

/** The metrics of a process, by name: with the labels that they have, without those of buckets; null while there is nothing of one yet. */
export function shownMetrics(text: string): Map<string, { labels: string[] | null }> {
  const shown = new Map<string, { labels: string[] | null }>()
  for (const [, name = ''] of text.matchAll(/^# TYPE (\S+) /gm)) {
    const series = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? \\S+$`, 'm').exec(text)
    const labels = [...(series?.[1] ?? '').matchAll(/(\w+)="/g)].flatMap(([, label = '']) => label).sort()
    shown.set(name, { labels: series ? labels : null })
  }
  return shown
}
