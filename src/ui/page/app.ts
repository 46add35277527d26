/** The page: the list of runs, and the run that is looked at. @module */
import { addressOf, getRuns, placeOf } from "./api.ts";
import { fill, h, setText } from "./dom.ts";
import { RunPage } from "./run.ts";
import { RunList } from "./runs.ts";

/** Milliseconds between looks for new runs. */
const EVERY = 3000;

const find = (id: string) => document.getElementById(id)!;
const main = find("main"), nav = find("runs"), toggle = find("toggle");
const list = new RunList(nav);
let page: RunPage | undefined;

/** On a narrow screen the list is there when it is asked for. */
function showList(isOpen: boolean): void {
  toggle.setAttribute("aria-expanded", String(isOpen));
  nav.classList.toggle("open", isOpen);
}

/** Shows what the address says. */
function show(): void {
  const place = placeOf(location.hash), { runs } = list;
  const [latest] = runs;
  if (place.run === "" && latest !== undefined) {
    history.replaceState(null, "", addressOf(latest.id, ""));
    return show();
  }
  if (page === undefined || page.run !== place.run) {
    page?.close();
    const isThere = runs.some(({ id }) => id === place.run);
    page = isThere ? new RunPage(place.run, () => list.runs) : undefined;
    fill(main, page?.element ?? nothing(place.run));
    showList(false);
  }
  page?.show(place);
  document.title = place.run === "" ? "soar" : `${place.run} · soar`;
  list.set(runs);
}

/** What to say where there is no run to show. */
function nothing(run: string): HTMLElement {
  const text = run === "" ? "No run to show yet." : `There is no run ${run} in this store.`;
  return h("p", { class: "empty", role: "status" }, text);
}

async function load(): Promise<void> {
  const top = find("top"), told = await getRuns().catch(() => undefined);
  top.classList.toggle("lost", told === undefined);
  setText(find("store"), told?.store ?? "soar ui does not answer");
  if (told === undefined) return;
  list.set(told.runs);
  if (page === undefined) show();
  page?.update();
}

toggle.addEventListener("click", () => showList(toggle.getAttribute("aria-expanded") !== "true"));
// The address says which run is shown: the link only moves the focus.
find("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", show);
addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement ||
    event.target instanceof HTMLSelectElement;
  if (event.key === "Escape" && event.target instanceof HTMLInputElement) event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (page?.key(event.key) === true) event.preventDefault();
});

await load();
setInterval(() => {
  if (document.visibilityState === "visible") load();
}, EVERY);
