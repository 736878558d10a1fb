/** What a plan is made of: steps, all of them data. */

/** A file as it shall be. */
export interface WantedFile {
  readonly path: string
  readonly mode: string
  /** OWNER:GROUP */
  readonly owner: string
  readonly content: string
}

/** Whose login, and at which port. `login` is who came first, `admin` who stays. */
export interface Way {
  readonly as: 'login' | 'admin'
  readonly port: number
}

/** What a new login from outside must show. */
export type Proof =
  | { readonly expect: 'in'; readonly way: Way; readonly root: boolean }
  /** Whoever asks, the server takes keys alone. */
  | { readonly expect: 'keys-only'; readonly user: string; readonly port: number }
  /** Whatever the login of before has, it does not help. */
  | { readonly expect: 'refused'; readonly way: Way }
  /** Nobody answers there. */
  | { readonly expect: 'closed'; readonly port: number }

export interface Step {
  readonly name: string
  readonly title: string
  /** Where the server keeps what was before; steps that follow each other on the same files share one. */
  readonly store: string
  /** Folders that must be there for the files: path, mode, owner. */
  readonly folders: readonly (readonly [path: string, mode: string, owner: string])[]
  readonly files: readonly WantedFile[]
  /** What is shown besides the files: how it is, how it will be. */
  readonly facts: readonly (readonly [what: string, before: string, after: string])[]
  /** sh: succeeds where nothing is to be done; the files are compared besides. */
  readonly check: string
  /** sh: keeps in `$try` what `undo` needs, before anything else. */
  readonly keep: string
  /** sh: what is done before the files get their place. */
  readonly prepare: string
  /** sh: succeeds where the system takes what lies there now. */
  readonly judge: string
  /** sh: makes the files count, those of before as well as the new ones. */
  readonly activate: string
  /** sh: takes back what `prepare` did, after the files; `$try` holds what was kept. */
  readonly undo: string
  readonly prove: readonly Proof[]
  /** The way that later steps go. */
  readonly next: Way
}

export interface Plan {
  readonly host: string
  readonly steps: readonly Step[]
}

/** A word for sh. */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
