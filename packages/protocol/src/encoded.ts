import { WIRE } from './brand.js'

/**
 * A value that is JSON text already, in Celery's dialect. It may stand wherever a value may: the JSON codec writes
 * it as it is, so results and embedded signatures travel on without being parsed. (design 5.4)
 */
export class EncodedJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get [WIRE](): 'json' {
    return 'json'
  }
}
