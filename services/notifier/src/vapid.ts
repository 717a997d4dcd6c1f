import { processContext } from '@parley/database'
import { vapidCommand } from './vapid-command.ts'

process.exitCode = vapidCommand(process.argv.slice(2), processContext)
