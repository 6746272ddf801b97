import { describe, expect, it } from '@jest/globals'
import { rpcBackend } from '@umbel/backend-rpc'
import { redisBackend } from '@umbel/backend-redis'
import { amqp } from '@umbel/transport-amqp'
import { redis } from '@umbel/transport-redis'
import { sqlBackend } from '@umbel/backend-sql'
import { sql } from '@umbel/transport-sql'
import {
  AMQP_CAPABILITIES,
  AMQP_SCHEMES,
  REDIS_BACKEND_SCHEMES,
  REDIS_CAPABILITIES,
  REDIS_SCHEMES,
  RPC_SCHEMES,
  SQL_CAPABILITIES,
  SQL_SCHEMES
} from '../src/drivers.js'

describe('what is said of drivers before they are loaded', () => {
  it('is what they say themselves', () => {
    expect([sql().capabilities, sql().schemes]).toEqual([SQL_CAPABILITIES, [...SQL_SCHEMES]])
    expect([sqlBackend().name, sqlBackend().schemes, sql().name]).toEqual(['sql', [...SQL_SCHEMES], 'sql'])
    expect([redis().capabilities, redis().schemes]).toEqual([REDIS_CAPABILITIES, [...REDIS_SCHEMES]])
    expect([amqp().capabilities, amqp().schemes]).toEqual([AMQP_CAPABILITIES, [...AMQP_SCHEMES]])
    const [{ name, schemes, replies }] = [rpcBackend()]
    expect([name, schemes, replies]).toEqual(['rpc', RPC_SCHEMES, true])
    expect([redisBackend().name, redisBackend().schemes]).toEqual(['redis', REDIS_BACKEND_SCHEMES])
  })
})
