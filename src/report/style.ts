/** The page's style sheet: one column, quiet, light or dark as the reader's system asks, and fit for printing. */
import { darkPalette, onColour, palette } from './plots/theme.js'

/** On a dark page the plots' colours are swapped for lighter ones of the same hue. */
function darkColours(): string {
  const rules = (Object.keys(palette) as (keyof typeof palette)[]).map((name) =>
    (['fill', 'stroke'] as const)
      .map((what) => `svg [${what}="${palette[name]}"]{${what}:${darkPalette[name]}}`)
      .join(''),
  )
  return [...rules, `svg [fill="${onColour}"]{fill:#101418}`].join('\n')
}

/** CSS text; it names no file and no address. */
export function styleSheet(): string {
  return `
:root{--page:#f6f5f1;--card:#fffefb;--ink:#1d2126;--soft:#5c636c;--line:#dfdcd3;--accent:#0072b2;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1b1f24;--ink:#e6e8ea;--soft:#a0a7b0;--line:#31363d;--accent:#5ab4ec}
${darkColours()}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 28px}
header{padding-top:52px}
h1{font-size:2.15rem;line-height:1.2;margin:0 0 .2em;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.4rem;margin:0 0 .8em;letter-spacing:-.01em}
h3{font-size:1rem;margin:0 0 .9em}
p,figcaption,li{max-width:74ch}
.subtitle,.remark,footer{color:var(--soft)}
.subtitle{margin:0 0 1.2em;overflow-wrap:anywhere}
.verdict{font-size:1.13rem;margin:0 0 1.2em;padding-left:14px;border-left:3px solid var(--accent)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(152px,1fr));gap:14px;margin:26px 0}
.figure-card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.figure-card dt{font-size:.82rem;color:var(--soft)}
.figure-card dd{margin:0;font-size:1.75rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.figure-card small{display:block;font-size:.78rem;font-weight:400;letter-spacing:0;line-height:1.35;color:var(--soft)}
nav{margin:6px 0 30px;padding:12px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
nav ol{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0;padding:0;list-style:none}
a{color:var(--accent);text-underline-offset:3px}
nav a{text-decoration:none}
section{margin:0 0 46px;scroll-margin-top:16px}
figure{margin:0 0 22px;padding:20px 22px;background:var(--card);border:1px solid var(--line);border-radius:12px}
figcaption{margin-top:14px;font-size:.9rem;color:var(--soft)}
.plot{overflow-x:auto}
.plot svg{display:block;height:auto;max-width:100%}
.plot svg.network{max-width:none}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.card-fill{fill:var(--card)}
.scroll{overflow-x:auto;margin:0 0 18px}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:6px 22px 6px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:500;color:var(--soft);white-space:nowrap}
code{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:0 0 18px}
summary{cursor:pointer;color:var(--accent)}
.notes{padding-left:1.2em}
footer{padding-bottom:44px;font-size:.85rem}
@media (max-width:700px){main,header,footer{padding:0 16px}figure{padding:16px 14px}.plot svg{max-width:none}}
@media print{:root{--page:#fff;--card:#fff}figure{break-inside:avoid}nav{display:none}}
`.trim()
}
