import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { explainBreaks, wireBreaks } from '@parley/contracts/wire-compatibility'
import { currentWire, lockOf, type WireLock } from '@parley/contracts/wire-lock'
import { asyncapiDocument } from './asyncapi.ts'
import { errorsPage } from './error-meanings.ts'
import { openapiDocument } from './openapi.ts'
import { withPolicyTables } from './presets-page.ts'
import { restRoutesModule } from './rest-routes.ts'
import { withScaling } from './scaling-section.ts'
import { withSettings } from './settings-section.ts'
import { socketsPage } from './sockets-page.ts'

const LOCK = 'packages/contracts/wire-lock.json'
/** Pages by hand that have tables of the code's in them. */
const pages: Record<string, (page: string) => string> = {
  'README.md': withSettings,
  'docs/presets.md': withPolicyTables,
  'docs/scaling.md': withScaling,
}

/**
 * Everything in the repository that follows from the code: path from its root, and text. Throws when the wire has changed
 * in a way that breaks peers of the locked one.
 */
export async function referenceFiles(root: string): Promise<Map<string, string>> {
  const files = new Map([
    [LOCK, json(nextLock(join(root, LOCK)))],
    ['packages/contracts/src/api/rest-routes.ts', restRoutesModule()],
    ['docs/reference/openapi.json', json(await openapiDocument())],
    ['docs/reference/asyncapi.json', json(asyncapiDocument())],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/sockets.md', socketsPage()],
  ])
  for (const [path, withTables] of Object.entries(pages)) {
    const page = join(root, path)
    if (existsSync(page)) files.set(path, withTables(readFileSync(page, 'utf8')))
  }
  return files
}

/** The paths of those whose text on disk is another. */
export function outOfStep(root: string, files: ReadonlyMap<string, string>): string[] {
  const onDisk = (path: string) => {
    const file = join(root, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  return [...files].filter(([path, text]) => onDisk(path) !== text).map(([path]) => path)
}

function nextLock(file: string): WireLock {
  const current = currentWire()
  if (existsSync(file)) {
    const { wire }: WireLock = JSON.parse(readFileSync(file, 'utf8'))
    const breaks = wireBreaks(wire, current)
    if (breaks.length > 0) throw new Error(explainBreaks(breaks))
  }
  return lockOf(current)
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
