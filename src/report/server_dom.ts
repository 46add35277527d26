/** A document to draw on where there is no browser. @module */
import { DOMParser } from "linkedom";
import type { Canvas } from "./plot.ts";

/** An empty document. */
export function emptyDocument(): Canvas {
  const text = "<!doctype html><html><body></body></html>";
  const made: unknown = new DOMParser().parseFromString(text, "text/html");
  return made as Canvas; // a part of what TypeScript calls a document, and all that plots use
}
