import { runTokenCommand } from './token-cli.ts'

process.exitCode = runTokenCommand(process.argv.slice(2), {
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
