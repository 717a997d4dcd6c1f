import { processContext } from '@parley/database'
import { reindexCommand } from './reindex-command.ts'

process.exitCode = await reindexCommand(process.argv.slice(2), processContext)
