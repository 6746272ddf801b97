import { optional, text } from '../kinds.js'
import { unplanned } from '../setting.js'

/** Signed messages. Old names: CELERY_SECURITY_*. */
export const securitySettings = {
  security_key: unplanned(optional(text), undefined),
  security_key_password: unplanned(optional(text), undefined),
  security_certificate: unplanned(optional(text), undefined),
  security_cert_store: unplanned(optional(text), undefined),
  security_digest: unplanned(text, 'sha256')
}
