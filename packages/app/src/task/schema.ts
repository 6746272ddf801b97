/**
 * Anything that follows Standard Schema 1: zod from 3.24, valibot from 1.0, ArkType … Its shape is restated here, so
 * that no library of schemas is needed. (https://standardschema.dev)
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    validate(value: unknown, options?: SchemaOptions): StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export interface SchemaOptions {
  readonly libraryOptions?: Readonly<Record<string, unknown>> | undefined
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What the arguments and the result of a task must be. (Celery's pydantic) */
export interface TaskSchema {
  /**
   * One per position; keywords are mapped onto positions first (`params`). Callers are checked against what goes in, the
   * body gets what comes out.
   */
  readonly args?: readonly StandardSchema[] | undefined
  /** What the body returns goes in, what is stored comes out. (pydantic_dump_kwargs: convert here) */
  readonly result?: StandardSchema | undefined
  /** A value whose type would have to be converted is refused. (pydantic_strict) @default false */
  readonly strict?: boolean | undefined
  /** Handed to the schemas as `libraryOptions`. (pydantic_context) */
  readonly context?: Readonly<Record<string, unknown>> | undefined
}

/** A schema that types its task. */
export interface ArgumentsSchema<Schemas extends readonly StandardSchema[], Result extends StandardSchema>
  extends TaskSchema {
  readonly args: Schemas
  readonly result?: Result
}

interface Typed {
  readonly '~standard': { readonly types?: { readonly input: unknown; readonly output: unknown } | undefined }
}
type TypesOf<S> = S extends Typed ? NonNullable<S['~standard']['types']> : { input: unknown; output: unknown }

/** What callers give. */
export type Inputs<Schemas extends readonly StandardSchema[]> = {
  -readonly [Position in keyof Schemas]: TypesOf<Schemas[Position]>['input']
}

/** What the body gets. */
export type Outputs<Schemas extends readonly StandardSchema[]> = {
  -readonly [Position in keyof Schemas]: TypesOf<Schemas[Position]>['output']
}

/** What `get()` gives, where the body returns `R`. */
export type ResultOf<Result extends StandardSchema, R> = [Result] extends [never] ? R : TypesOf<Result>['output']
