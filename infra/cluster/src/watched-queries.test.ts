import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { alertRules, askedMetrics, dashboardQueries } from './watched-queries.ts'

const alerts = fileURLToPath(new URL('../../alerts/', import.meta.url))
const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: alerts, encoding: 'utf8', stdio: 'pipe' })
const isInstalled = (() => {
  try {
    return promtool('--version') !== ''
  } catch {
    return false
  }
})()

test('a query is known by its metrics, and by the labels that it chooses and groups by', () => {
  const query = 'sum by (le, event) (rate(parley_a_bucket{event="x}",code=~"y|z"}[5m])) / sum(parley_b) > 0.1'
  expect(askedMetrics(query)).toEqual({
    metrics: [
      { name: 'parley_a_bucket', chosenBy: ['event', 'code'] },
      { name: 'parley_b', chosenBy: [] },
    ],
    groupedBy: ['event'],
  })
})

test('the runbook has a section for each alert, where its link leads, and none for another', () => {
  const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8')
  const sections = [...runbook.matchAll(/^### (Parley\w+)$/gm)].map(([, name]) => name)
  const rules = alertRules()
  expect(sections).toEqual(rules.map(({ alert }) => alert))
  for (const { alert, annotations } of rules)
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
})

test.runIf(isInstalled)('Prometheus takes every query, and rules speak up when they should', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-queries-'))
  try {
    const rules = dashboardQueries().map(({ expression }, i) => ({ record: `panel:${i}`, expr: expression }))
    expect(rules.length).toBeGreaterThan(50)
    writeFileSync(join(folder, 'panels.json'), JSON.stringify({ groups: [{ name: 'panels', rules }] }))
    promtool('check', 'rules', join(folder, 'panels.json'))
    promtool('check', 'rules', 'parley.rules.yaml')
    promtool('test', 'rules', 'parley.test.yaml')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
