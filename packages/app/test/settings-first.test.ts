import { describe, expect, it } from '@jest/globals'
import { Router } from '../src/routing/index.js'
import { compileSettings } from '../src/settings/index.js'

describe('settings and routing together', () => {
  it('routes by a setting in its old spelling', () => {
    const settings = compileSettings([
      { source: 'test', values: { CELERY_ROUTES: { 'feed.tasks.*': { queue: 'feeds' } } } }
    ])
    expect(new Router(settings).route({ name: 'feed.tasks.a' })).toMatchObject({ exchange: '', routingKey: 'feeds' })
  })
})
