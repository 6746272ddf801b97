/** A call as data: what both clients, in Python and TypeScript, make of it in their own way. */
export type Call =
  | TaskCall
  | BareCall
  | KnownResult
  | ChainCall
  | GroupCall
  | ChordCall
  | MapCall
  | StarmapCall
  | ChunksCall

/** Options in camelCase; `etaIn` and `expiresIn` are moments, in seconds from now. */
export interface CallParts {
  readonly options?: Readonly<Record<string, unknown>>
  readonly link?: readonly Call[]
  readonly linkError?: readonly Call[]
  readonly stamps?: Readonly<Record<string, unknown>>
}

export interface TaskCall extends CallParts {
  readonly task: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Readonly<Record<string, unknown>> | null
  readonly immutable?: boolean
  /** Arguments as JSON of no tags: what no plan can say. */
  readonly plainArgs?: string
  readonly plainKwargs?: string
}

/** A signature as somebody wrote it by hand. */
export interface BareCall extends CallParts {
  readonly bare: object
}

/** No call: what came of one that somebody else made. */
export type KnownResult = CallParts & ({ readonly result: string } | { readonly savedGroup: string })

export interface ChainCall extends CallParts {
  readonly chain: readonly Call[]
}

export interface GroupCall extends CallParts {
  readonly group: readonly Call[]
}

export interface ChordCall extends CallParts {
  readonly chord: readonly Call[]
  readonly body: Call
}

export interface MapCall extends CallParts {
  readonly map: TaskCall
  readonly items: readonly unknown[]
}

export interface StarmapCall extends CallParts {
  readonly starmap: TaskCall
  readonly items: readonly (readonly unknown[])[]
}

export interface ChunksCall extends CallParts {
  readonly chunks: TaskCall
  readonly items: readonly (readonly unknown[])[]
  readonly size: number
}

/** One case of a plan, as a client gets it. */
export interface PlannedCase {
  readonly name: string
  readonly call: Call
  /** A state to be seen before the gate, a file, is opened. */
  readonly watch?: string | undefined
  readonly gate?: string | undefined
  /** Nobody answers: do not wait. */
  readonly unheard?: boolean | undefined
  /** Revoke it as soon as it is sent, or end it when the watched state is seen. */
  readonly revoke?: 'sent' | 'running' | undefined
  /** Keep the group in the store. */
  readonly save?: boolean | undefined
  /** Commands of remote control, asked when the watched state is seen. */
  readonly ask?: readonly Question[] | undefined
}

export interface Question {
  readonly command: string
  /** The text `$id` stands for the task's id. */
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly destination: readonly string[]
}

/** What a client saw of a case. */
export interface Outcome {
  readonly name: string
  /** Seconds since the epoch. */
  readonly sent: number
  readonly id: string
  readonly state?: string
  readonly value?: unknown
  readonly error?: SeenError
  readonly traceback?: string | null
  /** The name of the node that ran it, as it stands in the result; of a group, one a member. */
  readonly workers?: readonly (string | null | undefined)[]
  readonly children?: readonly string[]
  /** Of a group, one a member. */
  readonly values?: readonly { readonly value?: unknown; readonly error?: SeenError }[]
  readonly states?: readonly string[]
  /** Replies, command by command, node by node. */
  readonly asked?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly watched?: { readonly state: string; readonly value?: unknown; readonly error?: SeenError }
  /** What went wrong with the case itself. */
  readonly trouble?: string
}

export interface SeenError {
  /** Of the class, as the client has it. */
  readonly type: string
  readonly text: string
  readonly args?: readonly string[]
}
