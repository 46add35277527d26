import { type DeviceName, type PlacedNode, Session, type Tensors } from "../runtime/mod.ts";
import { formFor } from "./device_forms.ts";
import type { Graph } from "./graph.ts";
import { toModel } from "./model_proto.ts";

/**
 * The sessions of a run, built once per graph and shared: students of one shape differ only in the tensors
 * they feed.
 *
 * @internal
 */
export class Sessions implements Disposable {
  readonly device: DeviceName;
  readonly #tellPlacement: boolean;
  #built = new Map<string, Session>();

  constructor(
    { device = "cpu", tellPlacement = false }: {
      readonly device?: DeviceName;
      readonly tellPlacement?: boolean;
    } = {},
  ) {
    this.device = device;
    this.#tellPlacement = tellPlacement;
  }

  /**
   * The session of a graph.
   *
   * @param build makes the graph when it is not there yet
   * @param key everything that `build` depends on
   */
  get(key: unknown, build: () => Graph): Session {
    const text = JSON.stringify(key);
    let session = this.#built.get(text);
    if (session === undefined) {
      session = this.build(build());
      this.#built.set(text, session);
    }
    return session;
  }

  /**
   * A new session of a graph, which the caller releases.
   *
   * @param initializers inputs that are built in; they must outlive the session
   */
  build(graph: Graph, initializers: Tensors = {}): Session {
    const given = Object.keys(initializers).map((name) => [name, "memory"] as const);
    return new Session(toModel(formFor(this.device, graph), new Map(given)), {
      name: graph.name,
      device: this.device,
      initializers,
      tellPlacement: this.#tellPlacement,
    });
  }

  /** Where the nodes of all graphs run, if it was made to tell. */
  placement(): PlacedNode[] {
    return [...this.#built.values()].flatMap((session) => session.placement());
  }

  /** Releases every session. */
  [Symbol.dispose](): void {
    for (const session of this.#built.values()) session[Symbol.dispose]();
    this.#built.clear();
  }
}
