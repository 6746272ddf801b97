import { createRequire } from 'node:module'
import { UmbelError } from '@umbel/runtime'

/** What was asked for needs a package that is not installed. */
export class MissingPackageError extends UmbelError {
  static override readonly code = 'MISSING_PACKAGE'

  constructor(purpose: string, name: string, cause: unknown) {
    super(`${purpose} needs the package ${name}: npm install ${name}`, { cause })
  }
}

/**
 * Loads an optional package when it is first needed; synchronously, as serializers are.
 * @throws MissingPackageError
 */
export function optionalPackage<Library>(purpose: string, name: string): () => Library {
  let loaded: { readonly library: Library } | undefined
  return () => (loaded ??= { library: load<Library>(purpose, name) }).library
}

function load<Library>(purpose: string, name: string): Library {
  try {
    return createRequire(import.meta.url)(name) as Library
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'MODULE_NOT_FOUND') throw cause
    throw new MissingPackageError(purpose, name, cause)
  }
}
