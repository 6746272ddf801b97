/** The control side as an executor sees it. (structurally `Host` of @umbel/pool) */
export interface HostPort {
  call(method: string, payload: unknown): Promise<unknown>
  notify(method: string, payload: unknown): void
}

/** The methods that a HostGateway calls, and what each takes and gives. */
export interface HostMethods {
  publish: { takes: readonly unknown[]; gives: readonly (ErrorText | undefined)[] }
  /** Both as JSON text: a BroadcastRequest, and what was replied. */
  broadcast: { takes: string; gives: string }
  backend: { takes: { verb: BackendVerb; args: readonly unknown[] }; gives: unknown }
  'backend.wait': { takes: readonly string[]; gives: readonly string[] }
}

export type BackendVerb =
  | 'store'
  | 'load'
  | 'forget'
  | 'saveGroup'
  | 'loadGroup'
  | 'forgetGroup'
  | 'openChord'
  | 'growChord'
  | 'sweep'
  | 'revoke'
  | 'capabilities'

/** Where a record goes, beside its text. */
export interface MetaRoute {
  readonly replyTo?: string | undefined
  readonly task?: string | undefined
}

/** An error as it crosses to an executor. */
export interface ErrorText {
  readonly name: string
  readonly message: string
}
