/** How far the log of what happens was followed, which one worker holds at a time. */
export interface NewsProgress {
  /** Where it stands, for who holds it for so long from now on; its position is null at the very first. Undefined: another holds it. */
  hold(holder: string, forMs: number): Promise<{ position: string | null } | undefined>
  /** It has come to there, and is held on for so long. False: another holds it by now. */
  advance(holder: string, position: string, forMs: number): Promise<boolean>
  /** Another may go on at once. */
  release(holder: string): Promise<void>
}
