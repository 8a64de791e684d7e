/** The style of the page: one column on a phone, up to three on a desk, dark where the reader's system or the reader says so. */

import { colours, DARK, figureRules, LIGHT, type Palette } from '../svg/palette.js';

const variables = (palette: Palette): string =>
  colours(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

const LAYOUT = `
*{box-sizing:border-box}
html{color-scheme:light dark;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:1.5rem clamp(1rem,3vw,2.5rem) 3rem;max-width:92rem}
h1,h2,h3{line-height:1.25;font-weight:650;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:1.7rem;margin:0}
h2{font-size:1.3rem;margin:2.2rem 0 .8rem}
h3{font-size:1rem;margin:0 0 .4rem}
p{margin:.5rem 0;max-width:75ch}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.top{display:flex;flex-wrap:wrap;gap:.6rem 2rem;align-items:flex-start;justify-content:space-between}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.8rem 1.2rem;margin:1.2rem 0}
.facts dt{color:var(--soft);font-size:.875rem}
.facts dd{margin:0;font-size:1.15rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.figures{margin-top:1.6rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:2rem 1.6rem;align-items:start}
figure{margin:0;min-width:0}
figure>.chart,.map .chart{display:block;width:100%;height:auto}
figcaption{font-size:.875rem;line-height:1.45;color:var(--soft);margin-top:.5rem}
details{font-size:.875rem;margin-top:.4rem}
summary{cursor:pointer;color:var(--series-0);width:fit-content}
.scroll{overflow:auto;max-height:22rem;border:1px solid var(--grid);border-radius:4px;margin-top:.4rem}
table{border-collapse:collapse;font-size:.8125rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--soft);padding:.3rem .6rem}
th,td{padding:.2rem .6rem;text-align:right;white-space:nowrap;border-top:1px solid var(--grid)}
thead th{position:sticky;top:0;background:var(--panel);font-weight:600}
td.text,th.text{text-align:left}
button{font:inherit;font-size:.875rem;color:var(--ink);background:var(--panel);border:1px solid var(--soft);border-radius:4px;padding:.25rem .7rem;cursor:pointer;min-height:2rem;min-width:2rem}
button[aria-disabled=true]{color:var(--soft);border-color:var(--grid);cursor:default}
:focus-visible{outline:3px solid var(--series-0);outline-offset:2px}
.map{touch-action:pan-x pan-y;border-radius:4px}
.map.drag{user-select:none;cursor:crosshair}
.selected{fill:var(--series-0);fill-opacity:.15;stroke:var(--series-0)}
.tools{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin-top:.4rem}
.tools output{font-size:.875rem;color:var(--soft);flex:1 1 12rem}
.choice{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;margin:1rem 0}
.choice label{display:grid;gap:.15rem;font-size:.875rem;color:var(--soft);min-width:0}
select{font:inherit;font-size:.875rem;color:var(--ink);background:var(--panel);border:1px solid var(--soft);border-radius:4px;padding:.25rem .4rem;min-height:2rem;max-width:100%}
.overview{display:grid;grid-template-columns:minmax(0,1fr);gap:1.2rem 2rem;align-items:start}
@media (min-width:64rem){.overview{grid-template-columns:minmax(0,max-content) minmax(20rem,1fr)}}
.overview .wide{overflow-x:auto}
.overview .scroll{max-height:34rem;margin:0}
.overview .chart{display:block;max-width:none}
.overview thead th{white-space:normal;vertical-align:bottom;min-width:5.5rem}
.overview thead button{font-size:inherit;font-weight:inherit;text-align:inherit;background:none;border:0;padding:.2rem 0;min-height:1.5rem}
.overview thead [aria-sort] button::after{content:" ▲"}
.overview thead [aria-sort=descending] button::after{content:" ▼"}
.overview tr[aria-current]{background:var(--panel)}
.overview .chart a{outline-offset:-2px}
.overview .chart a[aria-current] rect,.overview .chart a:focus-visible rect{stroke:var(--series-1);stroke-width:3}
.overview .chart a:focus-visible{outline:3px solid var(--ink)}
a{color:var(--series-0)}
h2:focus{outline:none}
.verdict{background:var(--panel);border-radius:6px;padding:.8rem 1.1rem;margin:1.2rem 0}
.verdict ul{margin:0;padding-left:1.1rem;columns:2 34rem;column-gap:2.5rem}
.verdict li{break-inside:avoid;margin:0 0 .4rem;font-size:.9375rem}
.note{border-left:3px solid var(--series-1);padding-left:.8rem;margin:.8rem 0}
footer{margin-top:3rem;border-top:1px solid var(--grid);padding-top:1rem;font-size:.875rem;color:var(--soft)}
[hidden]{display:none}
:root:not(.script) [data-script]{display:none}
@media print{
body{max-width:none;padding:0}
.figures{grid-template-columns:1fr 1fr;gap:1.2rem}
figure,.facts{break-inside:avoid}
details,button,.tools{display:none}
}`;

/** The style sheet. */
export function pageStyle(): string {
  const dark = variables(DARK);
  return [
    `:root{${variables(LIGHT)}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}`,
    `@media screen{:root[data-theme=dark]{${dark};color-scheme:dark}:root[data-theme=light]{color-scheme:light}}`,
    figureRules((name) => `var(--${name})`),
    LAYOUT,
  ].join('\n');
}
