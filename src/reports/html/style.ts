/** The page's whole look. No font, picture or script comes from elsewhere; dark by the reader's own setting. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --panel: #f4f5f6; --ink: #1a1d21; --muted: #5c6670; --line: #d9dde1; --strong: #30363d;
  --accent: #1d5fa8; --warn-paper: #fff3d1; --warn-ink: #6b4a00; --warn-line: #e3b341;
  --bad: #b3261e; --c1: #9bb8d3; --c2: #1d5fa8; --c3: #e0963a; --bar: #7ea6cf; --reported: #f7f6f1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --panel: #1c2126; --ink: #e4e7ea; --muted: #9aa5b0; --line: #323a42; --strong: #aab4be;
    --accent: #79b0ea; --warn-paper: #3a2f10; --warn-ink: #ffdf91; --warn-line: #8a6d1d;
    --bad: #ff8a80; --c1: #5b7f9f; --c2: #6fa8e2; --c3: #e8a857; --bar: #3f6d9c; --reported: #1d1f1e;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
article + article { border-top: 3px double var(--line); margin-top: 4rem; padding-top: 3rem; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 .35rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .8rem; padding-top: .1rem; }
h2::first-letter { text-transform: uppercase; }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
p { margin: .5rem 0; }
a { color: var(--accent); text-underline-offset: 2px; }
code, .code { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.lead, .muted { color: var(--muted); }
.small { font-size: .86rem; }
.banner { background: var(--warn-paper); color: var(--warn-ink); border: 1px solid var(--warn-line);
  border-left-width: 6px; border-radius: 4px; padding: .7rem 1rem; margin: 0 0 1.2rem; font-weight: 600; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 1px; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px; overflow: hidden; margin: 1.4rem 0 0; }
.facts div { background: var(--panel); padding: .65rem .9rem; min-width: 0; box-shadow: 0 0 0 1px var(--line); }
.facts dt { color: var(--muted); font-size: .76rem; text-transform: uppercase; letter-spacing: .05em; }
.facts dd { margin: .1rem 0 0; font-weight: 600; overflow-wrap: anywhere; }
.facts dd span { display: block; font-weight: 400; font-size: .82rem; color: var(--muted); }
.scroll { overflow-x: auto; margin: .4rem 0 .8rem 50%; transform: translateX(-50%); width: max-content; min-width: 100%;
  max-width: calc(100vw - 3rem); }
table.grid { border-collapse: collapse; min-width: min(100%, 40rem); font-variant-numeric: tabular-nums;
  border-top: 2px solid var(--strong); border-bottom: 2px solid var(--strong); font-size: .93rem; }
.grid th, .grid td { padding: .36rem .5rem; text-align: right; white-space: nowrap; vertical-align: baseline; }
.grid thead th { border-bottom: 1px solid var(--strong); font-weight: 600; vertical-align: top; line-height: 1.25; }
.grid thead small { display: block; font-weight: 400; color: var(--muted); }
.grid .l { text-align: left; }
.grid .words { white-space: normal; min-width: 13rem; max-width: 20rem; font-size: .86rem; color: var(--muted); }
.grid tbody th { text-align: left; font-weight: 500; position: sticky; left: 0; background: var(--paper); white-space: normal; min-width: 11.5rem; max-width: 20rem; line-height: 1.3; }
.grid tbody th small { display: block; color: var(--muted); font-weight: 400; }
.grid tbody + tbody { border-top: 1px solid var(--strong); }
.grid .reported td, .grid .reported th { background: var(--reported); }
.grid .reported .source, .grid .seeds .source { text-align: left; color: var(--muted); font-weight: 400; font-style: italic; font-size: .86rem; padding-top: .6rem; white-space: normal; position: static; }
.source span { position: sticky; left: .5rem; display: inline-block; max-width: min(60rem, calc(100vw - 3.5rem)); }
.grid b { font-weight: 750; border-bottom: 2px solid var(--accent); }
.grid sup { font-size: .7em; line-height: 0; margin-left: .15em; }
.grid sup a { text-decoration: none; }
.notes { font-size: .84rem; color: var(--muted); margin: 0; padding: 0; list-style: none; }
.notes li { padding-left: 1.5rem; position: relative; margin: .15rem 0; }
.notes .mark { position: absolute; left: .2rem; font-weight: 600; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .55rem .9rem; margin: .9rem 0; background: var(--panel); }
summary { cursor: pointer; font-weight: 600; font-size: .92rem; }
dl.pairs { display: grid; grid-template-columns: minmax(7rem, 10rem) 1fr; gap: .3rem 1rem; margin: .7rem 0 .3rem; font-size: .88rem; }
dl.pairs dt { color: var(--muted); }
dl.pairs dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.classes { columns: 2 24rem; column-gap: 2.5rem; margin-top: .6rem; }
.class { break-inside: avoid; display: grid; grid-template-columns: 7.5rem 1fr; gap: 0 .8rem; padding: .25rem 0;
  border-bottom: 1px solid var(--line); align-items: center; font-size: .86rem; }
.class > span { overflow-wrap: anywhere; line-height: 1.25; }
.bars { display: grid; gap: 2px; }
.bar { display: grid; grid-template-columns: 1fr 3.4rem; gap: .6rem; align-items: center; }
.bar i { display: block; height: .55rem; border-radius: 1px; background: linear-gradient(var(--fill), var(--fill)) 0 / var(--v) 100% no-repeat, var(--panel); }
.bar span { text-align: right; font-variant-numeric: tabular-nums; color: var(--muted); }
table.heat { border-collapse: collapse; font-size: .74rem; font-variant-numeric: tabular-nums; }
.heat td { width: 1.65rem; min-width: 1.65rem; height: 1.5rem; text-align: center; border: 1px solid var(--line); }
.heat .right { background: color-mix(in srgb, var(--bar) var(--v), transparent); }
.heat .wrong { background: color-mix(in srgb, var(--c3) var(--v), transparent); }
.heat thead td { border: 0; }
.heat th { font-weight: 500; color: var(--muted); }
.heat tbody th { text-align: right; padding-right: .5rem; white-space: nowrap; position: sticky; left: 0; background: var(--paper); }
.heat thead th { vertical-align: bottom; }
.heat thead span { writing-mode: vertical-rl; transform: rotate(180deg); padding-top: .4rem; white-space: nowrap; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .86rem; color: var(--muted); margin: .4rem 0; padding: 0; list-style: none; }
.key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; border: 1px solid rgb(128 128 128 / .35); }
.latency { border-top: 1px solid var(--line); padding: 1rem 0; display: grid; grid-template-columns: minmax(13rem, 1fr) 2fr; gap: .6rem 2rem; }
.latency .big { font-size: 1.7rem; font-weight: 650; line-height: 1.1; font-variant-numeric: tabular-nums; }
.latency .big small { font-size: .9rem; font-weight: 400; color: var(--muted); }
.latency h3 { margin: 0 0 .3rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 11px system-ui, sans-serif; fill: var(--muted); }
.pictures { display: grid; grid-template-columns: repeat(var(--columns), minmax(150px, 320px)); gap: .9rem; overflow-x: auto; }
.pictures .first { grid-column: 1; }
.pictures .second { grid-column: 2; }
figure { margin: 0; }
figure img { display: block; width: 100%; border-radius: 3px; background: var(--panel); }
figcaption { font-size: .8rem; color: var(--muted); margin-top: .25rem; overflow-wrap: anywhere; }
.failures { color: var(--bad); font-size: .88rem; padding-left: 1.2rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
@media (max-width: 640px) {
  main { padding: 1.4rem 1rem 3rem; }
  h1 { font-size: 1.45rem; }
  .latency { grid-template-columns: 1fr; }
  dl.pairs { grid-template-columns: 1fr; gap: 0 0; }
  dl.pairs dd { margin-bottom: .5rem; }
  .grid tbody th { min-width: 7rem; max-width: 9rem; font-size: .86rem; }
  .pictures { grid-template-columns: repeat(2, 1fr); gap: .6rem; }
  .pictures .second { grid-column: auto; }
}
@media print {
  :root { --paper: #fff; --panel: #fff; --ink: #000; --muted: #444; --reported: #f6f6f6; }
  main { max-width: none; padding: 0; }
  body { font-size: 10.5px; }
  h2 { break-after: avoid; margin-top: 1.6rem; }
  .scroll { overflow: visible; width: auto; margin-left: 0; transform: none; }
  .grid tbody th { position: static; background: none; }
  .latency, figure, .class { break-inside: avoid; }
  i, .banner, .heat td, .grid td, .grid th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}`;
