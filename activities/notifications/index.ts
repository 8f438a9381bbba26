/** Exports of notifications for the worker. */
export { NotificationSender } from './notification-sender';
export { type NotificationSettings, parseNotifySecrets } from './settings';
