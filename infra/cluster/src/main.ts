import { type Cluster, startCluster } from './cluster.ts'
import { type ClusterConfig, readConfig, USAGE } from './config.ts'
import { followLog } from './follow-log.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

function readConfigOrExit(): ClusterConfig {
  try {
    return readConfig(process.argv.slice(2), process.env)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`)
    process.exit(1)
  }
}

function describe(cluster: Cluster): string {
  const { postgres, nats, redis, hostNatsUrl } = cluster
  const servers = Object.entries({ postgres, nats, redis }).map(([name, { server, url }]) => [name, server.pid, url])
  const rows = [...servers, ...cluster.processes.map(({ name, pid, url }) => [name, pid, url])]
  const table = rows.map(([name, pid, url]) => `  ${String(name).padEnd(16)}${String(pid ?? '-').padEnd(9)}${url}`)
  return [
    '',
    `  ${'name'.padEnd(16)}${'pid'.padEnd(9)}url`,
    ...table,
    '',
    `  Parley is at ${cluster.url}`,
    '  A token: npm run token -- --user ana',
    ...(hostNatsUrl ? [`  Contexts over NATS, as a host's backend: ${hostNatsUrl}, inbox prefix _INBOX_host`] : []),
    `  Logs: ${cluster.logFolder}`,
    '  Ctrl-C stops everything and removes the data of private servers.',
    '',
  ].join('\n')
}

const config = readConfigOrExit()
const stopped = new AbortController()

let cluster: Cluster | undefined
let isStopping = false

async function stop(signal: NodeJS.Signals): Promise<void> {
  // A second signal, or one while things still start: the guards of the processes end what runs.
  if (isStopping || !cluster) process.exit(1)
  isStopping = true
  say(`${signal}: stopping the services, then the servers`)
  stopped.abort()
  await cluster.stop()
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

try {
  cluster = await startCluster({ ...config, log: say })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
say(describe(cluster))
if (config.verbose) {
  for (const { name, logFile } of cluster.processes) {
    void followLog(logFile, stopped.signal, (line) => say(`${name.padEnd(15)} ${line}`))
  }
}
