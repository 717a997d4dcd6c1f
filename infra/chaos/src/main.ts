import { readFile, writeFile } from 'node:fs/promises'
import { type ChaosConfig, readConfig, USAGE } from './config.ts'
import { withLastRun } from './durability.ts'
import { killWorkers } from './kill-workers.ts'
import { printReport } from './report.ts'
import { type Progress, runChaos } from './run.ts'

const INTERRUPTED = 130

const say = (line: string) => {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
  process.stdout.write(`${line}\n`)
}

function readConfigOrExit(): ChaosConfig {
  try {
    return readConfig(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`)
    process.exit(1)
  }
}

/** A line that is written over on a terminal; elsewhere a new one every ten seconds. */
function progressLine() {
  let last = 0
  return ({ leftMs, sent, acked, waiting, broken, faults, violations }: Progress) => {
    if (Date.now() - last < (process.stdout.isTTY ? 500 : 10_000)) return
    last = Date.now()
    const left = `${Math.floor(leftMs / 60_000)}:${String(Math.floor((leftMs / 1_000) % 60)).padStart(2, '0')}`
    const line =
      `${left} left, sent ${sent}, acknowledged ${acked}, waiting ${waiting}, ${faults} faults, ` +
      `${violations} violations ${broken.length > 0 ? `[${broken.join('; ')}]` : ''}`
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line.slice(0, process.stdout.columns - 1)}` : `${line}\n`)
  }
}

const KILLS = 200

/** Kills workers between handing over and writing it down; whether nothing was missed. */
async function killed(kills: number): Promise<boolean> {
  say('killing notification workers between handing over and writing it down')
  const { waited, pushed, seconds, violations } = await killWorkers({ kills, log: say, signal: interrupted.signal })
  say(`${pushed} pushes came, of ${waited}, over ${kills} kills in ${Math.round(seconds)} s`)
  for (const violation of violations) say(`  ${violation}`)
  say(violations.length === 0 ? 'PASSED' : 'FAILED')
  return violations.length === 0
}

const config = readConfigOrExit()
const interrupted = new AbortController()
const onSignal = () => {
  // The second time: at once. The guards of the processes end what runs.
  if (interrupted.signal.aborted) process.exit(INTERRUPTED)
  say('stopping everything; once more to leave at once')
  interrupted.abort(new Error('interrupted'))
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

try {
  if (config.kills !== undefined) process.exit((await killed(config.kills)) ? 0 : 1)
  say(`seed ${config.seed}`)
  const report = await runChaos({ ...config, log: say, progress: progressLine(), signal: interrupted.signal })
  say(printReport(report))
  // with everything there is, also the worker's most delicate moment, often
  const worker = config.isWhole ? await killed(KILLS) : true
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(report, null, 2)}\n`)
  if (config.durability !== undefined)
    await writeFile(config.durability, withLastRun(await readFile(config.durability, 'utf8'), report))
  process.exit(report.passed && worker ? 0 : 1)
} catch (error) {
  if (interrupted.signal.aborted) process.exit(INTERRUPTED)
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
  process.exit(1)
}
