import { scalingReport } from './scaling-command.ts'

/** `npm run scaling`. */
try {
  process.stdout.write(scalingReport(process.argv.slice(2)))
} catch (err) {
  process.exitCode = 1
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`)
}
