import { type Ability, lacking } from './abilities.js'
import { connecting } from './areas/connecting.js'
import { consuming } from './areas/consuming.js'
import { contents } from './areas/contents.js'
import { declaring } from './areas/declaring.js'
import { delays } from './areas/delays.js'
import { events } from './areas/events.js'
import { exchanges } from './areas/exchanges.js'
import { followUps } from './areas/follow-ups.js'
import { inspecting } from './areas/inspecting.js'
import { lifecycle } from './areas/lifecycle.js'
import { ordering } from './areas/ordering.js'
import { prefetching } from './areas/prefetching.js'
import { priorities } from './areas/priorities.js'
import { publishing } from './areas/publishing.js'
import { redelivery } from './areas/redelivery.js'
import { settling } from './areas/settling.js'
import { starting } from './areas/starting.js'
import { timeToLive } from './areas/time-to-live.js'
import { volume } from './areas/volume.js'
import { afterAll, beforeAll, describe, expect, it } from './jest.js'
import { type DefineScenario, Scene, type Scenario, type TransportSetup } from './scene.js'

const AREAS = {
  connecting,
  declaring,
  publishing,
  consuming,
  prefetching,
  ordering,
  settling,
  starting,
  'follow-ups': followUps,
  exchanges,
  events,
  priorities,
  'time to live': timeToLive,
  delays,
  redelivery,
  inspecting,
  lifecycle,
  contents,
  volume
} as const satisfies Record<string, (scenario: Scenario) => void>

export interface TransportSuiteOptions {
  /** What the broker says in its capabilities that it cannot do. Default nothing. */
  readonly without?: readonly Ability[]
}

/** The whole contract of Transport, Connection and Channel, against one broker. Needs jest. */
export function describeTransport(
  name: string,
  setup: () => Promise<TransportSetup>,
  { without = [] }: TransportSuiteOptions = {}
): void {
  describe(`transport ${name}`, () => {
    let broker: TransportSetup | undefined
    beforeAll(async () => {
      broker = await setup()
    })
    afterAll(() => broker?.teardown())

    const define: DefineScenario = (title, body) => it(title, () => play(broker, body))
    const scenario: Scenario = Object.assign(define, {
      needing: (ability: Ability) => (without.includes(ability) ? skip(ability) : define)
    })
    scenario('lacks what this suite was told, and nothing else', async ({ transport }) => {
      expect(lacking(transport.capabilities)).toEqual([...without].sort())
    })
    for (const [area, fill] of Object.entries(AREAS)) describe(area, () => fill(scenario))
  })
}

function skip(ability: Ability): DefineScenario {
  return title => it.skip(`${title} (needs ${ability})`, () => {})
}

async function play(setup: TransportSetup | undefined, body: (scene: Scene) => Promise<void>): Promise<void> {
  if (setup === undefined) throw new Error('the set-up failed')
  const scene = new Scene(setup)
  try {
    await body(scene)
  } finally {
    await scene.finish()
  }
}
