import { migrateCommand } from './commands.ts'

process.exitCode = await migrateCommand(process.argv.slice(2), {
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
