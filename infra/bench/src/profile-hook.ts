import { renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

/**
 * Loaded before a service (`--import`): SIGUSR2 starts a CPU profile, the next one writes it. Unlike `--cpu-prof`, which
 * Node 20 does not take from NODE_OPTIONS either, it covers only what is measured, neither the start nor the warm-up.
 */
const folder = process.env.PARLEY_PROFILE_FOLDER
const session = new Session()
let running = false

process.on('SIGUSR2', () => {
  if (!running) {
    session.connect()
    session.post('Profiler.enable')
    session.post('Profiler.setSamplingInterval', { interval: 500 })
    session.post('Profiler.start')
    running = true
    return
  }
  running = false
  session.post('Profiler.stop', (error, reply) => {
    session.disconnect()
    if (error) return
    const file = `${folder}/${process.pid}.cpuprofile`
    // Whoever waits for the file finds it whole.
    writeFileSync(`${file}.part`, JSON.stringify(reply.profile))
    renameSync(`${file}.part`, file)
  })
})
