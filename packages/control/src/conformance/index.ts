export { describeMailbox, type MailboxSetup } from './describe-mailbox.js'
