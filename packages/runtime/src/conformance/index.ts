export { describeService, type ServiceFixture } from './describe-service.js'
export { FakeClock } from './fake-clock.js'
export { type Census, expectNothingRemains, remainsSince, takeCensus } from './remains.js'
export { stressService, type StressOptions } from './stress-service.js'
