import { writeFile } from 'node:fs/promises'
import { dumpTemplate, TEMPLATE } from './pglite-data.ts'

await writeFile(TEMPLATE, await dumpTemplate())
