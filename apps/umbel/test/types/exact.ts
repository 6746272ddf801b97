/** True where the types are the same, `any` and `unknown` told apart. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the value has exactly the type that is named: `exactly<number>()(value)`. */
export function exactly<Expected>() {
  return <Actual>(_value: Actual, ..._wrong: Same<Actual, Expected> extends true ? [] : [expected: Expected]): void =>
    undefined
}
