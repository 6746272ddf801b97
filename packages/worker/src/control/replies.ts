/** It was done; how, in Celery's words. */
export function ok<Text>(value: Text): { readonly ok: Text } {
  return { ok: value }
}
