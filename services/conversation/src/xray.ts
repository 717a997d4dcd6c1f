import { processContext } from '@parley/database'
import { xrayCommand } from './xray-command.ts'

process.exitCode = await xrayCommand(process.argv.slice(2), processContext)
