import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { type BenchConfig, readConfig, USAGE } from './config.ts'
import { report } from './report.ts'
import { runBench } from './run.ts'

const started = performance.now()
/** Progress goes beside the report, so that the report alone can be kept. */
const log = (line: string) =>
  void process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`)

function readConfigOrExit(): BenchConfig {
  try {
    return readConfig(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`)
    process.exit(1)
  }
}

function heading({ runs, quick, gateways, conversations, storages, profile }: BenchConfig): string {
  const [cpu] = cpus()
  return [
    `${new Date().toISOString()} · Node ${process.version} · ${cpus().length} x ${cpu?.model ?? 'unknown CPU'}`,
    `${gateways} gateways, ${conversations} conversation replicas, ${storages} storage processes · ${runs === 1 ? 'one run' : `median of ${runs} runs`}` +
      `${quick ? ' · quick' : ''}${profile === undefined ? '' : ' · profiled, which costs some speed'}`,
    'CPU of all server processes is counted, of the proxy and the load none; fsync and synchronous_commit are on.',
  ].join('  \n')
}

const config = readConfigOrExit()
const records = await runBench({ ...config, log })
process.stdout.write(`${heading(config)}\n\n${report(records, config.sizes)}\n`)
if (config.json !== undefined) {
  const { json: _, ...settings } = config
  await writeFile(config.json, `${JSON.stringify({ at: new Date().toISOString(), settings, records }, null, 2)}\n`)
}
