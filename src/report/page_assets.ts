/** What a page looks like, and the little that it does. @module */

/** Light and dark, on a phone, a screen and paper. Contrast of text is 4.5 to 1 at least, of lines 3 to 1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e6e8eb);
  --quiet: light-dark(#57606a, #a0a8b2);
  --ground: light-dark(#ffffff, #15181c);
  --raised: light-dark(#f5f6f8, #1e2227);
  --edge: light-dark(#d5d9de, #3a4048);
  --link: light-dark(#0b57b8, #7db4ff);
  --line-0: light-dark(#0b57b8, #6aa9ff);
  --line-1: light-dark(#b34700, #ff9d5c);
  --line-2: light-dark(#1a7a3c, #5fd08a);
  --line-3: light-dark(#8a2a9b, #d68be6);
  --line-4: light-dark(#6b5b00, #d9c34d);
  --line-5: light-dark(#a3123f, #ff7b9c);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem;
  font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  overflow-wrap: break-word;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--edge); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
h4 { font-size: .85rem; margin: .75rem 0 .25rem; color: var(--quiet); }
.question { font-size: 1.1rem; color: var(--quiet); margin: 0 0 .75rem; max-width: 46rem; }
.answer { font-size: 1.1rem; padding: .75rem 1rem .75rem 2rem; margin: 0 0 1rem; background: var(--raised); border-radius: 8px; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; margin: .75rem 0; }
figure { margin: 0; padding: .75rem; background: var(--raised); border-radius: 8px; min-width: 0; }
figcaption { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-weight: 400; font-size: .875rem; color: var(--quiet); }
.legend svg { vertical-align: middle; overflow: visible; }
svg.chart { width: 100%; max-width: 40rem; height: auto; overflow: visible; --plot-background: transparent; }
.table { overflow-x: auto; margin: .75rem 0; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--edge); vertical-align: top; }
td { max-width: 40rem; overflow-wrap: anywhere; min-width: 6rem; }
thead th { color: var(--quiet); font-weight: 500; }
tbody th { font-weight: 500; white-space: nowrap; }
summary { cursor: pointer; padding: .3rem 0; }
.numbers > summary { font-size: .875rem; color: var(--quiet); }
.example { border: 1px solid var(--edge); border-radius: 8px; padding: .2rem .75rem; margin: .5rem 0; }
.example > summary { overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; font-size: .9rem; }
dl div { min-width: 0; }
dt { display: inline; color: var(--quiet); } dt::after { content: ": "; }
dd { display: inline; margin: 0; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); padding: .6rem .75rem; border-radius: 6px; margin: .25rem 0 .75rem; font: .875rem/1.45 ui-monospace, monospace; max-height: 32rem; overflow: auto; }
button { font: inherit; font-size: .875rem; color: var(--link); background: none; border: 1px solid var(--edge); border-radius: 6px; padding: .2rem .6rem; cursor: pointer; }
@media screen and (max-width: 30rem) { svg.chart { font-size: 15px !important; } }
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  nav, button, .numbers { display: none; }
  figure, tr, .example { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  details:not(.numbers)::details-content { content-visibility: visible; display: block; block-size: auto; }
  pre { max-height: none; overflow: visible; }
  .table { overflow: visible; }
}
`;

/** Opens and closes what is folded in a section. Without it, everything is there to be opened one by one. */
export const SCRIPT = `
for (const section of document.querySelectorAll("section")) {
  const folded = [...section.querySelectorAll("details:not(.numbers)")];
  if (folded.length < 2) continue;
  const button = document.createElement("button");
  button.type = "button";
  const tell = () => {
    button.textContent = folded.every((one) => one.open) ? "Close all" : "Open all";
  };
  button.addEventListener("click", () => {
    const open = !folded.every((one) => one.open);
    for (const one of folded) one.open = open;
    tell();
  });
  for (const one of folded) one.addEventListener("toggle", tell);
  tell();
  section.querySelector("h2").after(button);
}
`;
