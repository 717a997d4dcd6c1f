import { migrateCommand, processContext } from '@parley/database'
import { owners } from './owners.ts'

process.exitCode = await migrateCommand(owners, process.argv.slice(2), processContext)
