import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** A query of a dashboard or an alert, and where it stands. */
export interface WatchedQuery {
  at: string
  expression: string
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[]
}

export interface AlertRule {
  alert: string
  expr: string
  annotations: { summary: string; runbook_url: string }
}

const infra = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

export function dashboardQueries(): WatchedQuery[] {
  const { panels } = JSON.parse(infra('dashboards/parley.json')) as Dashboard
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ at: `panel "${title}"`, expression: expr.replaceAll('$__rate_interval', '5m') })),
  )
}

export function alertRules(): AlertRule[] {
  const { groups } = parse(infra('alerts/parley.rules.yaml')) as { groups: { rules: AlertRule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

/** What a query asks: its metrics, each with the labels that it chooses by, and the labels that it groups by. */
export interface AskedMetrics {
  metrics: { name: string; chosenBy: string[] }[]
  groupedBy: string[]
}

/** What scraping adds to every series, and buckets have of themselves. */
const OF_EVERY_SERIES = new Set(['job', 'service', 'pod', 'namespace', 'instance', 'le'])

/** What a query in PromQL asks of Parley's processes. */
export function askedMetrics(expression: string): AskedMetrics {
  const bare = expression.replaceAll(/"[^"]*"/g, '""')
  const ofTheirs = (labels: (string | undefined)[]) =>
    [...new Set(labels)].flatMap((label) => (label && !OF_EVERY_SERIES.has(label) ? label : []))
  return {
    metrics: [...bare.matchAll(/\b((?:parley|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
      ([, name = '', chosen = '']) => ({
        name,
        chosenBy: ofTheirs([...chosen.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label)),
      }),
    ),
    groupedBy: ofTheirs(
      [...bare.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(',').map((label) => label.trim()),
      ),
    ),
  }
}
