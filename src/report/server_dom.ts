/** A document to draw on where there is no browser. @module */
import { DOMParser } from "linkedom";
import type { Canvas } from "./plot.ts";

/** An empty document. */
export function emptyDocument(): Canvas {
  return new DOMParser().parseFromString("<!doctype html><html><body></body></html>", "text/html");
}
