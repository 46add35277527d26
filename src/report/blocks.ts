/** What a report consists of, before it is HTML or Markdown: plain data. @module */

/** A point of a line; where it stands for several, between what they lie. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** Points alone, such as those of single data sets. */
  readonly dots?: true;
}

/** A chart of lines over numbers. */
export interface LineChart {
  readonly kind: "lines";
  readonly title: string;
  /** What x and y are. */
  readonly x: string;
  readonly y: string;
  /** Whether y is a share, shown in percent. */
  readonly percent?: true;
  readonly lines: readonly Line[];
  /** What happened at some x, such as promotions. */
  readonly events?: { readonly name: string; readonly at: readonly number[] };
}

/** A chart of values with intervals, one a row. */
export interface IntervalChart {
  readonly kind: "intervals";
  readonly title: string;
  readonly x: string;
  readonly percent?: true;
  readonly rows: readonly {
    readonly name: string;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
}

/** A chart. */
export type Chart = LineChart | IntervalChart;

/** Something to click into. */
export interface Example {
  /** In a line. */
  readonly title: string;
  /** What is known of it. */
  readonly facts: readonly (readonly [string, string])[];
  /** What was read and written. */
  readonly texts: readonly (readonly [string, string])[];
}

/** A part of a section. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | {
    readonly kind: "table";
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** The title of a long table, which is folded. */
    readonly folded?: string;
  }
  | { readonly kind: "charts"; readonly charts: readonly Chart[]; readonly folded?: string }
  | { readonly kind: "examples"; readonly title: string; readonly examples: readonly Example[] };

/** A section; there is none without blocks. */
export interface Section {
  /** For links. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A report. */
export interface Report {
  readonly title: string;
  /** What was asked. */
  readonly question: string;
  /** What came out, a sentence each. */
  readonly answer: readonly string[];
  readonly sections: readonly Section[];
}
