import { parseArgs } from 'node:util'
import { NOON, type Population } from './model.ts'
import { costsTable, scaleTable } from './tables.ts'

const USAGE = `npm run scaling -- [options]

What so many people at once would need, by what each thing was measured to cost (docs/scaling.md).
`
const nameOf = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const keys = Object.keys(NOON) as (keyof Population)[]
const usage = () => `${USAGE}\n${keys.map((key) => `  --${nameOf(key)} n   (${NOON[key]})`).join('\n')}\n`

/** The population that a command line asks for. Throws, with what may be asked, on anything else. */
export function populationOf(args: readonly string[]): Population {
  const options = Object.fromEntries(keys.map((key) => [nameOf(key), { type: 'string' as const }]))
  let given: Record<string, string | undefined>
  try {
    given = parseArgs({ args: [...args], options }).values
  } catch (err) {
    throw new Error(`${err instanceof Error ? err.message : String(err)}\n\n${usage()}`)
  }
  const population = { ...NOON }
  for (const key of keys) {
    const value = given[nameOf(key)]
    if (value === undefined) continue
    population[key] = Number(value)
    if (!(population[key] > 0)) throw new Error(`--${nameOf(key)} wants a number above 0, not ${value}\n\n${usage()}`)
  }
  return population
}

/** What `npm run scaling` prints. */
export const scalingReport = (args: readonly string[]) => `${scaleTable([populationOf(args)])}\n\n${costsTable()}\n`
