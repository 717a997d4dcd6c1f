import { writeFile } from 'node:fs/promises'
import { dumpTemplate } from '@parley/database'
import { conversationOwner, conversationTemplate } from './store/owner.ts'

await writeFile(conversationTemplate, await dumpTemplate([{ owner: conversationOwner }]))
