// The layers of the repository, lowest first (docs/architecture.md). A workspace may depend on lower layers, never on its own.
export const layers = [
  ['packages/test-kit'],
  ['packages/runtime'],
  ['packages/protocol', 'packages/schedule'],
  ['packages/transport', 'packages/backend', 'packages/pool', 'packages/sql', 'packages/canvas'],
  ['packages/redis'],
  [
    'packages/transport-amqp',
    'packages/transport-redis',
    'packages/transport-sql',
    'packages/memory',
    'packages/backend-redis',
    'packages/backend-sql',
    'packages/backend-rpc',
    'packages/events',
    'packages/control'
  ],
  ['packages/app'],
  ['packages/worker', 'packages/beat'],
  ['packages/cli', 'packages/testing'],
  ['apps/umbel'],
  ['apps/worker', 'apps/beat', 'apps/control', 'apps/monitor', 'apps/demo'],
  ['e2e']
]

/** The layer of a workspace path, or undefined where nobody has given it one. */
export function layerOf(path) {
  const layer = layers.findIndex(members => members.includes(path))
  return layer < 0 ? undefined : layer
}
