import { ImproperlyConfigured } from '@umbel/protocol'
import type { Settings } from '../settings/index.js'

type UrlSettings = Pick<
  Settings,
  | 'brokerUrl'
  | 'brokerReadUrl'
  | 'brokerWriteUrl'
  | 'brokerTransport'
  | 'brokerHost'
  | 'brokerPort'
  | 'brokerUser'
  | 'brokerPassword'
  | 'brokerVhost'
>

/** Where messages are taken from (`read`) and sent to (`write`): a URL, or a list of them joined by `;`. */
export function brokerUrlOf(settings: UrlSettings, use: 'read' | 'write'): string {
  const own = given(use === 'read' ? settings.brokerReadUrl : settings.brokerWriteUrl)
  if (own !== undefined) return withTransport(own, settings.brokerTransport)
  return configuredBroker(settings) ?? 'sqlite://'
}

/** undefined: no broker is configured. */
export function configuredBroker(settings: UrlSettings): string | undefined {
  const url = given(settings.brokerUrl)
  return url === undefined ? ofParts(settings) : withTransport(url, settings.brokerTransport)
}

/** The settings that were there before URLs. (broker_host and kin, kombu.Connection) */
function ofParts(settings: UrlSettings): string | undefined {
  const { brokerTransport, brokerHost, brokerPort, brokerUser, brokerPassword, brokerVhost } = settings
  const parts = [brokerTransport, brokerHost, brokerPort, brokerUser, brokerPassword, brokerVhost]
  if (parts.every(part => part == null)) return undefined
  const password = brokerPassword == null ? '' : `:${encodeURIComponent(brokerPassword)}`
  const user = brokerUser == null && password === '' ? '' : `${encodeURIComponent(brokerUser ?? '')}${password}@`
  const port = brokerPort == null ? '' : `:${brokerPort}`
  const vhost = brokerVhost == null ? '' : `/${encodeURIComponent(brokerVhost)}`
  return `${brokerTransport ?? 'amqp'}://${user}${brokerHost ?? 'localhost'}${port}${vhost}`
}

/** The transport that is named wins over the scheme, as in kombu. */
function withTransport(urls: string, transport: string | null | undefined): string {
  if (transport == null) return urls
  if (!/^[a-z][a-z0-9+.-]*$/i.test(transport))
    throw new ImproperlyConfigured(
      `broker_transport: expected the name of a transport, such as amqp or redis, got '${transport}'`
    )
  if (!urls.includes('://')) return `${transport}://${urls}`
  return urls.replace(/(^|;)[a-z][a-z0-9+.-]*:\/\//gi, (_scheme, before: string) => `${before}${transport}://`)
}

function given(url: string | null | undefined): string | undefined {
  return url == null || url === '' ? undefined : url
}
