export { AccessError, type Issue } from '../access-error.ts';
export {
  type ImportedCalendar,
  type ImportOptions,
  importCalendar,
  type SkippedEvent,
} from './import-calendar.ts';
