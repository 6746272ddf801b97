import type { Dispatcher } from '@umbel/canvas'

interface Bindable {
  bind(source: { readonly dispatcher: Dispatcher }): unknown
}

/** The function that makes a canvas, so that what it makes belongs to an application. */
export function boundTo<Compose extends (...parts: never[]) => Bindable>(
  app: { readonly dispatcher: Dispatcher },
  compose: Compose
): Compose {
  return ((...parts: never[]) => compose(...parts).bind(app)) as Compose
}
