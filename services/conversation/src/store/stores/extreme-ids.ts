/** Before and behind all ids of the same time, where a walk in their order begins or goes on. */
export const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000'
