import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuByName, type Measured, machineTime, residentOf } from '../cpu.ts'
import { downloadFile, type FilesPlace, otherThanAll, pngOf, uploadFile } from '../load/files.ts'
import { inParallel } from '../load/meter.ts'
import { NO_FAULTS, type Workload } from './workload.ts'

/** Uploads and downloads under way at a time. */
const AT_A_TIME = 4
const MB = 1e6
const PICTURE = { width: 1_600, height: 1_200 }

/** Files of one size through one process, up and down; many at once, with what memory they take; pictures, which are made anew. */
export const files: Workload = {
  name: 'files',
  title: ({ fileBytes, filesAtOnce }) =>
    `files of ${(fileBytes / MB).toFixed(1)} MB, ${AT_A_TIME} at a time; ${filesAtOnce} at once`,
  systems: ['parley', 'plain'],
  figures: [
    { name: 'upload MB/s', digits: 0, ofPlain: { least: 0.5 } },
    { name: 'download MB/s', digits: 0, ofPlain: { least: 0.8 } },
    { name: 'disk, written through MB/s', digits: 0 },
    { name: 'upload / disk', digits: 2 },
    { name: 'disk, read MB/s', digits: 0 },
    { name: 'download / disk', digits: 2 },
    { name: 'RSS growth MB, at once', digits: 0, must: { most: 200 } },
    { name: 'thumbnails/s', digits: 1 },
  ],
  unit: 'MB, up and down',
  async run(system, { fileBytes, filesMoved, filesAtOnce, pictures }, { log }) {
    const place = await system.files?.()
    if (!place) return { figures: {}, faults: NO_FAULTS, cpu: {}, reasons: [] }
    const bytes = randomBytes(fileBytes)
    const upload = () => uploadFile(place, 'file.pdf', 'application/pdf', otherThanAll(bytes))
    const times = (count: number) => Array.from({ length: count }, (_, i) => i)

    log(`${system.name}: warming up`)
    const [warm] = await inParallel(times(AT_A_TIME * 2), AT_A_TIME, upload)
    await inParallel(times(AT_A_TIME * 2), AT_A_TIME, () => downloadFile(warm!, place.headers))

    const disk = await diskSpeed(fileBytes, filesMoved)
    const meter = startMeter(place.process)
    const urls: string[] = []
    const uploadSpeed = await speedOf(fileBytes * filesMoved, async () => {
      urls.push(...(await inParallel(times(filesMoved), AT_A_TIME, upload)))
    })
    let received = 0
    const downloadSpeed = await speedOf(fileBytes * filesMoved, async () => {
      const sizes = await inParallel(urls, AT_A_TIME, (url) => downloadFile(url, place.headers))
      received = sizes.reduce((sum, size) => sum + size, 0)
    })
    const { cpu, otherLoad } = meter.end((fileBytes * filesMoved * 2) / MB)
    const missing = received < fileBytes * filesMoved ? ['downloads are shorter than the files'] : []
    log(`${system.name}: ${filesAtOnce} at once`)
    const growth = await growthOf(place.process, () => inParallel(times(filesAtOnce), filesAtOnce, upload))
    return {
      figures: {
        'upload MB/s': uploadSpeed,
        'download MB/s': downloadSpeed,
        'disk, written through MB/s': disk.written,
        'upload / disk': uploadSpeed / disk.written,
        'disk, read MB/s': disk.read,
        'download / disk': downloadSpeed / disk.read,
        'RSS growth MB, at once': growth,
        ...(place.makesPictures && { 'thumbnails/s': await thumbnailsPerSecond(place, pictures) }),
      },
      faults: NO_FAULTS,
      ...{ cpu, otherLoad },
      reasons: missing,
    }
  },
}

/** CPU of the one process, and of the rest of the machine that is neither it nor this one, which is the load. */
function startMeter(server: Measured) {
  const read = () => ({
    server: cpuByName([server]).get(server.name) ?? 0,
    machine: machineTime(),
    load: process.cpuUsage(),
  })
  const began = read()
  return {
    end(units: number) {
      const ended = read()
      const own = ended.server - began.server
      const load = (ended.load.user + ended.load.system - began.load.user - began.load.system) / 1_000
      const used = ended.machine.used - began.machine.used
      const available = ended.machine.available - began.machine.available
      const each = 1_000 / units
      return {
        cpu: { [server.name]: own * each, load: load * each },
        otherLoad: Math.max(0, used - own - load) / available,
      }
    },
  }
}

async function speedOf(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return bytes / MB / ((performance.now() - began) / 1_000)
}

/** By how much the process grew at most, MB, looked at every 20 ms. */
async function growthOf({ pid }: Measured, work: () => Promise<unknown>): Promise<number> {
  const before = residentOf(pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, residentOf(pid))
  }, 20)
  await work().finally(() => clearInterval(timer))
  return ((most - before) * 1024) / MB
}

/** The machine's own: as many files, each written and forced to the disk, and read again. */
async function diskSpeed(size: number, count: number): Promise<{ written: number; read: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-disk-'))
  const bytes = randomBytes(size)
  const paths = Array.from({ length: count }, (_, i) => join(folder, String(i)))
  try {
    const written = await speedOf(size * count, () =>
      inParallel(paths, AT_A_TIME, async (path) => {
        const file = await open(path, 'w')
        await file.writeFile(bytes)
        await file.sync()
        await file.close()
      }),
    )
    const read = await speedOf(size * count, () => inParallel(paths, AT_A_TIME, (path) => readFile(path)))
    return { written, read }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Pictures of two megapixels that are uploaded, decoded and made anew, each with a thumbnail and a medium one. */
async function thumbnailsPerSecond(place: FilesPlace, count: number): Promise<number> {
  const made = Array.from({ length: count }, () => pngOf(PICTURE.width, PICTURE.height))
  const began = performance.now()
  await inParallel(made, AT_A_TIME, (png) => uploadFile(place, 'picture.png', 'image/png', [png]))
  return count / ((performance.now() - began) / 1_000)
}
