/** Keeps secrets unreadable where they are stored. */
export interface Sealing {
  seal(secret: string): string
  /** Throws where it was sealed with another key. */
  open(sealed: string): string
}
