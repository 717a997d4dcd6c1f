// A process that begins with this (`--import`) writes on SIGUSR2 what its heap is after a collection, in bytes, to HEAP_FILE.
import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const file = process.env.HEAP_FILE

if (file)
  process.on('SIGUSR2', () => {
    collect()
    // what finalisers and closed handles let go of goes with the second
    setTimeout(() => {
      collect()
      writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed))
      renameSync(`${file}.new`, file)
    }, 100)
  })
