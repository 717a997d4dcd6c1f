import { writeFile } from 'node:fs/promises'
import { dumpTemplate } from '@parley/database'
import { owners, systemTemplate } from './owners.ts'

await writeFile(systemTemplate, await dumpTemplate(owners.map((owner) => ({ owner }))))
