import { broadcast } from './broadcast.ts'
import { files } from './files.ts'
import { largeGroup, largeGroupWithReads, smallGroup } from './group.ts'
import { idle } from './idle.ts'
import { list } from './list.ts'
import { page } from './page.ts'
import { lowRate, rateAlone, rateWithReads } from './rate.ts'
import { returning } from './return.ts'
import { saturatedAlone, saturatedWithReads } from './saturated.ts'
import { search } from './search.ts'
import { standalone } from './standalone.ts'
import type { Workload } from './workload.ts'

/** In the order in which they run: idle sockets need fresh processes, and a million rows come last. */
export const WORKLOADS: readonly Workload[] = [
  idle,
  saturatedAlone,
  saturatedWithReads,
  lowRate,
  rateAlone,
  rateWithReads,
  smallGroup,
  largeGroup,
  largeGroupWithReads,
  returning,
  list,
  page,
  search,
  files,
  broadcast,
  standalone,
]
