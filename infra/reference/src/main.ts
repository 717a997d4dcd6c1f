import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outOfStep, referenceFiles } from './reference-files.ts'

/** `node infra/reference/dist/main.js` writes what follows from the code; with --check it only says what is out of step. */
const root = fileURLToPath(new URL('../../..', import.meta.url))
const say = (line: string) => process.stdout.write(`${line}\n`)

try {
  const files = await referenceFiles(root)
  const stale = outOfStep(root, files)
  if (process.argv.includes('--check')) {
    for (const path of stale) say(`${path} is out of step with the code: run npm run generate`)
    if (stale.length > 0) process.exitCode = 1
  } else {
    for (const path of stale) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), files.get(path) ?? '')
      say(`wrote ${path}`)
    }
  }
} catch (err) {
  process.exitCode = 1
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`)
}
