/** Where ONNX Runtime has put the nodes of a graph. @module */
import { api, cString, Out } from "./api.ts";

/** A node of a graph as ONNX Runtime has rewritten it. */
export interface PlacedNode {
  /** The execution provider that runs it, such as `CUDAExecutionProvider`. */
  readonly provider: string;
  readonly operator: string;
  readonly name: string;
}

type Reader =
  | "EpAssignedSubgraph_GetEpName"
  | "EpAssignedNode_GetName"
  | "EpAssignedNode_GetOperatorType";

function textOf(read: Reader, of: Deno.PointerValue): string {
  const out = new Out();
  api()[read](of, out.cell);
  return cString(out.pointer);
}

/** The pointers of an array that a function gives with its length. */
function listOf(
  list: "Session_GetEpGraphAssignmentInfo" | "EpAssignedSubgraph_GetNodes",
  of: Deno.PointerValue,
): Deno.PointerValue[] {
  const array = new Out(), length = new Out();
  api()[list](of, array.cell, length.cell);
  if (length.value === 0) return [];
  const view = new Deno.UnsafePointerView(array.pointer!);
  return Array.from({ length: length.value }, (_, i) => view.getPointer(i * 8));
}

/** @param session an `OrtSession*` that was built with `tellPlacement` */
export function placementOf(session: Deno.PointerValue): PlacedNode[] {
  return listOf("Session_GetEpGraphAssignmentInfo", session).flatMap((part) => {
    const provider = textOf("EpAssignedSubgraph_GetEpName", part);
    return listOf("EpAssignedSubgraph_GetNodes", part).map((node) => ({
      provider,
      operator: textOf("EpAssignedNode_GetOperatorType", node),
      name: textOf("EpAssignedNode_GetName", node),
    }));
  });
}
