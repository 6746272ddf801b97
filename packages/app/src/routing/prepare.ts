import { types } from 'node:util'
import { ImproperlyConfigured } from '@umbel/protocol'
import type { RouteAnswer, RouterFunction, RouterLike, RouterObject, TaskRoutes } from './options.js'
import { isPattern, RouteMap } from './route-map.js'

/**
 * `taskRoutes` as functions, asked in order: the first answer counts. (celery.app.routes.prepare)
 * @throws ImproperlyConfigured for what is no router
 */
export function prepareRouters(routes: TaskRoutes | undefined): readonly RouterFunction[] {
  if (routes === undefined) return []
  return (isRouterList(routes) ? routes : [routes]).map(prepareRouter)
}

/** The import path of a router, as opposed to a queue's name. */
export function isImportPath(router: unknown): router is string {
  return typeof router === 'string' && router.includes(':')
}

/** Router or list of routers? A list of pairs is one router. */
export function isRouterList(routes: TaskRoutes): routes is readonly RouterLike[] {
  return Array.isArray(routes) && !(routes.length > 0 && routes.every(isPair))
}

/** What an import path led to, or anything else that routes. */
export function prepareRouter(router: unknown): RouterFunction {
  if (isImportPath(router))
    throw new ImproperlyConfigured(`taskRoutes: '${router}' is not loaded yet: await app.conf.load() first`)
  if (typeof router === 'string') return () => router
  if (typeof router === 'function') return fromFunction(router)
  if (isRouterObject(router)) return fromObject(router)
  if (types.isMap(router)) return fromMap(new RouteMap([...router].map(checkPair)))
  if (Array.isArray(router)) return fromMap(new RouteMap(router.map(checkPair)))
  if (typeof router === 'object' && router !== null) return fromMap(new RouteMap(Object.entries(router).map(checkPair)))
  throw new ImproperlyConfigured(
    `taskRoutes: a router must be a mapping, a list of pairs, a function or an object with routeForTask, got ${typeof router}`
  )
}

function fromMap(map: RouteMap): RouterFunction {
  return name => map.lookUp(name)
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- `typeof` narrows to no more than this
function fromFunction(router: Function): RouterFunction {
  if (isRouterObject(router.prototype)) return fromObject(Reflect.construct(router, []) as RouterObject)
  return (...question) => checkAnswer((router as RouterFunction)(...question), question[0])
}

function fromObject(router: RouterObject | PythonicRouter): RouterFunction {
  return (name, args, kwargs) =>
    checkAnswer(
      'routeForTask' in router ? router.routeForTask(name, args, kwargs) : router.route_for_task(name, args, kwargs),
      name
    )
}

interface PythonicRouter {
  route_for_task: RouterObject['routeForTask']
}

function isRouterObject(value: unknown): value is RouterObject | PythonicRouter {
  if (typeof value !== 'object' || value === null) return false
  const { routeForTask, route_for_task } = value as Readonly<Record<string, unknown>>
  return typeof routeForTask === 'function' || typeof route_for_task === 'function'
}

function checkAnswer(answer: unknown, name: string): RouteAnswer | null | undefined {
  if (isAnswer(answer) || answer === undefined || answer === null) return answer
  const got = types.isPromise(answer) ? 'a promise (a router must answer at once)' : typeof answer
  throw new ImproperlyConfigured(
    `taskRoutes: the router's answer for ${name} must be options, a queue's name or nothing, got ${got}`
  )
}

function checkPair(pair: unknown): readonly [string | RegExp, RouteAnswer] {
  if (isPair(pair)) return pair
  throw new ImproperlyConfigured(
    `taskRoutes: a route is a pair of a task name, glob or RegExp and a queue's name or options, got ${describePair(pair)}`
  )
}

function isPair(pair: unknown): pair is readonly [string | RegExp, RouteAnswer] {
  return Array.isArray(pair) && pair.length === 2 && isPattern(pair[0]) && isAnswer(pair[1])
}

function isAnswer(value: unknown): value is RouteAnswer {
  return (
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && !types.isPromise(value))
  )
}

function describePair(pair: unknown): string {
  if (!Array.isArray(pair)) return typeof pair
  return `[${pair.map(item => (isPattern(item) ? String(item) : typeof item)).join(', ')}]`
}
