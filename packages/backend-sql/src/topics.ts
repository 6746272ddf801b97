const PREFIX = 'result '

/** What those listen to who wait for a task. */
export function topicOf(taskId: string): string {
  return `${PREFIX}${taskId}`
}

/** undefined: the topic is of something else. */
export function taskOf(topic: string): string | undefined {
  return topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : undefined
}

/** What those listen to who keep revoked ids in memory. */
export const REVOKED_TOPIC = 'revoked'
