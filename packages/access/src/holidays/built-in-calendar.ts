/** Public holidays that come with this package, with where and when they were found and how far they go. */
export interface BuiltInCalendar {
  readonly name: string;
  readonly source: string;
  /** When the dates were last compared with their source. */
  readonly checkedOn: string;
  readonly coversFrom: string;
  /** First date of which the calendar says nothing any more. */
  readonly coversUntil: string;
  readonly dates: readonly { readonly date: string; readonly name: string }[];
}
