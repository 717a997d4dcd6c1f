import { processContext } from '@parley/database'
import { doctorCommand } from './doctor/doctor-command.ts'

process.exitCode = await doctorCommand(process.argv.slice(2), processContext)
// what somebody is still waited for, who is not there, keeps nobody else waiting
setTimeout(() => process.exit(), 1_000).unref()
