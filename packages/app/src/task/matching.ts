/** An error class, or the name of one: names also match errors of other realms and of Python. */
export type ErrorMatcher = (abstract new (...args: never[]) => unknown) | string

/** Does the error belong to one of the classes, or bear one of the names? */
export function matchesError(error: Error, matchers: readonly ErrorMatcher[]): boolean {
  return matchers.some(matcher =>
    typeof matcher === 'string'
      ? namesOf(error).includes(matcher)
      : error instanceof matcher || namesOf(error).includes(matcher.name)
  )
}

function namesOf(error: Error): readonly string[] {
  const names = [error.name]
  for (
    let prototype: unknown = Object.getPrototypeOf(error);
    hasConstructor(prototype);
    prototype = Object.getPrototypeOf(prototype)
  ) {
    names.push(prototype.constructor.name)
  }
  return names
}

function hasConstructor(value: unknown): value is { readonly constructor: { readonly name: string } } {
  return (
    typeof value === 'object' && value !== null && Object.hasOwn(value, 'constructor') && value !== Object.prototype
  )
}
