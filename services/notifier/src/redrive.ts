import { processContext } from '@parley/database'
import { redriveCommand } from './redrive-command.ts'

process.exitCode = await redriveCommand(process.argv.slice(2), processContext)
