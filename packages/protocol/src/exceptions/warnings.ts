import { UmbelError } from '@umbel/runtime'

/** Base of warnings; hand them to `process.emitWarning`. (celery.exceptions.CeleryWarning) */
export class CeleryWarning extends UmbelError {
  static override readonly code: string = 'CELERY_WARNING'
}

/** sendTask does not look at taskAlwaysEager. */
export class AlwaysEagerIgnored extends CeleryWarning {
  static override readonly code = 'ALWAYS_EAGER_IGNORED'
}

/** Two workers answer to one node name. */
export class DuplicateNodenameWarning extends CeleryWarning {
  static override readonly code = 'DUPLICATE_NODENAME'
}

/** A framework integration could not do its work. */
export class FixupWarning extends CeleryWarning {
  static override readonly code = 'FIXUP'
}

/** No configuration was found. */
export class NotConfigured extends CeleryWarning {
  static override readonly code = 'NOT_CONFIGURED'
}

/** Something works but should not be trusted. */
export class SecurityWarning extends CeleryWarning {
  static override readonly code = 'SECURITY_WARNING'
}
