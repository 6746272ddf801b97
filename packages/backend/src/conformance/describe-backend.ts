import { describe } from './jest.js'
import { describeBatches } from './batches.js'
import { describeChordRaces } from './chord-races.js'
import { describeChordRecovery } from './chord-recovery.js'
import { describeChordSize } from './chord-size.js'
import { describeChords } from './chords.js'
import { describeExpiry } from './expiry.js'
import { describeForgetting } from './forgetting.js'
import { describeChordLifecycle, describeLifecycle, describeLoss, describeNoChords } from './lifecycle.js'
import { describePrecedence } from './precedence.js'
import { describeRevoking } from './revoking.js'
import { describeRoundTrip } from './round-trip.js'
import { createStage, type SetupBackend } from './stage.js'
import { describeWatching } from './watching.js'

export interface SuiteOptions {
  /** False: the store cannot join, and says so; what needs joins is skipped. Default true. */
  readonly joins?: boolean
  /** False: results are replies to one client (rpc); what needs to read what was stored is skipped. Default true. */
  readonly shared?: boolean
  /** False: the store keeps no revocations; what needs them is skipped. Default true. */
  readonly revocations?: boolean
  /** The setup has `sever`; without, what needs it is skipped. Default false. */
  readonly severs?: boolean
}

/**
 * The suite that every result store passes. `setup` makes a fresh, empty store for each test; all connections that the
 * factory then makes to the URL must meet in it.
 */
export function describeBackend(
  name: string,
  setup: SetupBackend,
  { joins = true, shared = true, revocations = true, severs = false }: SuiteOptions = {}
): void {
  describe(`${name} as a result store`, () => {
    const stage = createStage(setup)
    const describeShared = shared ? describe : describe.skip
    describeShared('what is stored', () => {
      describeRoundTrip(stage)
      describePrecedence(stage)
      describeBatches(stage)
      describeWatching(stage)
      describeForgetting(stage)
      describeExpiry(stage)
    })
    describeLifecycle(stage, shared)
    const describeRevoked = revocations ? describe : describe.skip
    describeRevoked('revoking', () => describeRevoking(stage))
    const describeSevered = severs ? describe : describe.skip
    describeSevered('a lost connection', () => describeLoss(stage))
    if (!joins) describeNoChords(stage)
    const describeJoins = joins ? describe : describe.skip
    describeJoins('joins', () => {
      describeChords(stage)
      describeChordSize(stage)
      describeChordRecovery(stage)
      describeChordRaces(stage)
      describeChordLifecycle(stage)
    })
  })
}
