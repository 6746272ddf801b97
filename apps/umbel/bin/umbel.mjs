#!/usr/bin/env node
import { run } from '@umbel/cli'

// The drivers are loaded only where no application brings them.
await run(async options => new (await import('../dist/src/index.js')).Umbel('default', options))
