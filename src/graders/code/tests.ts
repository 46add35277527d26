/** What tests there are. @module */
import type { Value } from "../../sandbox/mod.ts";

/** A whole program, with what it reads and is to write. */
export interface WholeTests {
  readonly kind: "whole";
  readonly tests: readonly { readonly input: string; readonly output: string }[];
}

/** A function, with arguments and results. */
export interface CallTests {
  readonly kind: "calls";
  readonly name: string;
  readonly tests: readonly {
    readonly args: readonly Value[];
    /** Any of these is right. */
    readonly expected: readonly Value[];
  }[];
}

/** Python that asserts. */
export interface AssertTests {
  readonly kind: "asserts";
  readonly tests: readonly string[];
  readonly before: readonly string[];
  readonly setup: readonly string[];
  /** The function that `check` is given. */
  readonly entry?: string;
  /** What a completion goes on from, where it does. */
  readonly prompt?: string;
}

/** The tests of a problem. */
export type Tests = WholeTests | CallTests | AssertTests;
