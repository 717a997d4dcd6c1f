import { processContext } from '@parley/database'
import { restoredCommand } from './restored-command.ts'

process.exitCode = await restoredCommand(process.argv.slice(2), processContext)
