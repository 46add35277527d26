/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Elements. Data becomes text nodes and attributes, and never markup. @module */

/** What an element holds; nothing for what is absent. */
export type Child = Node | string | number | undefined | false;

/** Attributes by name, listeners by `on` and the event's name. */
export type Props = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => void)>
>;

/** Makes an element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...nodesOf(children));
  return element;
}

/** Puts children in place of those that an element has. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...nodesOf(children));
}

/** Changes the text of an element, where it is another. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A choice; what was chosen stays chosen where it is still offered. */
export function setOptions(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string = select.value,
): void {
  const made = options.map(([value, label]) => h("option", { value }, label));
  const isSame = made.length === select.options.length &&
    made.every((one, i) => one.isEqualNode(select.options[i]!));
  if (!isSame) fill(select, ...made);
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

/** A control with its label. */
export function labelled(label: string, control: HTMLElement): HTMLElement {
  return h("label", {}, h("span", {}, label), control);
}

/** Moves the focus among elements of a list by arrow keys, Home and End. */
export function moveByArrows(list: HTMLElement, selector: string): void {
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll<HTMLElement>(selector)];
    const at = items.findIndex((item) => item === document.activeElement);
    if (at === -1) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    const item = to === undefined ? undefined : items[to];
    if (item === undefined) return;
    event.preventDefault();
    item.focus();
  });
}

/** Calls something once no call has come for a moment. */
export function debounced(action: () => void, milliseconds = 150): () => void {
  let timer: number | undefined;
  return () => {
    self.clearTimeout(timer);
    timer = self.setTimeout(action, milliseconds);
  };
}

function nodesOf(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) =>
    child === undefined || child === false ? [] : [typeof child === "number" ? `${child}` : child]
  );
}
