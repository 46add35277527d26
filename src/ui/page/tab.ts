import type { RunRecord } from "../../records/mod.ts";
import type { LogLine, StepView } from "../views.ts";

/** What is known of the run that is looked at. */
export interface Model {
  /** Id of the run. */
  readonly run: string;
  readonly record: RunRecord | undefined;
  /** In the order in which they were first told. */
  readonly steps: readonly StepView[];
  /** How many lines its log has. */
  readonly lines: number;
  /** All runs of the store. */
  readonly runs: readonly RunRecord[];
}

/** A view of a run. */
export interface Tab {
  readonly element: HTMLElement;
  /** Shows what an address says; called also when it changes while the tab is open. */
  show(query: URLSearchParams): void;
  /** Called when more is known. @param log new lines */
  update(log: readonly LogLine[]): void;
  /** Takes a key. @returns whether it means something here */
  key?(key: string): boolean;
  /** Lets go of what it holds. */
  close?(): void;
}
