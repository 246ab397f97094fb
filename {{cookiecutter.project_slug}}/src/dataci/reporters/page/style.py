"""The one style sheet of the page. It stands inline, and the page's policy allows it by its hash and nothing else.

Every pair of text and ground has a contrast of 4.5 or more in both themes; marks in drawings have 3 or more.
"""

from __future__ import annotations

CSS = """
:root{color-scheme:light dark;--ground:#f6f7f8;--card:#fff;--ink:#1b1f24;--soft:#57606a;--edge:#d5dae0;
--rail:#e7eaee;--mark:#1f66c9;--link:#0b57b8;--good:#116636;--good-bg:#e2f4e8;--bad:#a4211a;--bad-bg:#fdeceb;
--doubt:#6b4b00;--doubt-bg:#fbf1d8;--even:#34506e;--even-bg:#e6edf5;
--h0:#f4f7fb;--h1:#d9e6f7;--h2:#b3cff0;--h3:#86b2e8;--h4:#2f6fc4;--h5:#123f80;--low:#1b1f24;--top:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#0f1216;--card:#181c22;--ink:#e7eaee;--soft:#a5afba;--edge:#333b45;
--rail:#2a313a;--mark:#6fa8ff;--link:#8ab8ff;--good:#84dba3;--good-bg:#143322;--bad:#ffaaa3;--bad-bg:#431c1a;
--doubt:#f0cd7e;--doubt-bg:#392c0e;--even:#b0cbe8;--even-bg:#1f2c3b;
--h0:#1c222a;--h1:#1f3a5c;--h2:#2a5285;--h3:#3a6cae;--h4:#7fb0f5;--h5:#c3dcff;--low:#fff;--top:#0f1216}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:anywhere;
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif}
.wrap{max-width:72rem;margin:0 auto;padding:0 1rem}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static;display:inline-block;padding:.5rem 1rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
header{padding:2.25rem 0 .5rem}
h1{font-size:clamp(1.6rem,1.2rem + 2vw,2.4rem);line-height:1.15;letter-spacing:-.02em;margin:0}
h2{font-size:1.35rem;letter-spacing:-.01em;margin:0 0 .75rem}
h3{font-size:1rem;margin:0 0 .6rem;line-height:1.35}
p{margin:0 0 .6rem;max-width:46rem}
ul{margin:0 0 .6rem;padding-left:1.2rem}
code{font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
background:var(--rail);border-radius:4px;padding:.08em .32em;unicode-bidi:isolate}
.lead,.soft,.why,figcaption,.legend{color:var(--soft)}
.soft,.why,figcaption,.legend{font-size:.875rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:.75rem 0 0}
section{margin:2.5rem 0}
.tiles{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));margin:1.5rem 0}
.grid{columns:20rem 3;column-gap:1rem}
.pair{display:grid;gap:1rem 2.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))}
.tile,.card{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:1rem 1.1rem;min-width:0}
.card{margin:0 0 1rem}.grid>.card{break-inside:avoid}.pair>*{min-width:0}
.tile h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin:0 0 .5rem}
.tile p:last-child,.card>:last-child{margin-bottom:0}
.big{font-size:2rem;font-weight:650;line-height:1.1;letter-spacing:-.02em;margin:0 0 .35rem;
font-variant-numeric:tabular-nums}
.big small{font-size:.875rem;font-weight:400;letter-spacing:0;color:var(--soft)}
.pill{display:inline-block;border-radius:99px;padding:.1rem .65rem;font-weight:650;font-size:.92rem;white-space:nowrap}
.big .pill{font-size:1.5rem;padding:.15rem .9rem}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.doubt{color:var(--doubt);background:var(--doubt-bg)}.even{color:var(--even);background:var(--even-bg)}
.badge{display:inline-block;border:1px solid var(--edge);border-radius:6px;padding:0 .4rem;font-size:.8rem;
font-weight:500;color:var(--soft)}
.warn{border:1px solid var(--doubt);border-left-width:5px;border-radius:8px;background:var(--doubt-bg);
color:var(--doubt);padding:.7rem 1rem;margin:0 0 1rem;max-width:none}
.warn ul,.warn p{margin:.2rem 0 0}
.scroll{overflow-x:auto;margin:0 0 .8rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;overflow-wrap:break-word;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.4rem .7rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--edge);
font-weight:400;min-width:3.5rem}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-size:.82rem;vertical-align:bottom;border-bottom-width:2px}
tbody tr:last-child>*{border-bottom:0}
.n{text-align:right;white-space:nowrap}
.why{display:block;min-width:12rem;overflow-wrap:anywhere}
.p{min-width:9rem;padding-right:1.4rem}.grid .p{min-width:4.5rem;padding-right:.7rem}
td .soft,th .soft{white-space:nowrap}
.w{min-width:15rem;overflow-wrap:anywhere}
td:not(.w) code,th code{white-space:nowrap}
svg{display:block;max-width:100%;overflow:visible}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
svg .note{fill:var(--ink);font-weight:600}
.bar,.range{margin-top:.42rem}
.p .bar,.p .range{margin-top:.25rem}
.heat{display:inline-block;border-radius:5px;padding:.1rem .5rem;white-space:nowrap}
.h0{background:var(--h0)}.h1{background:var(--h1)}.h2{background:var(--h2)}.h3{background:var(--h3)}
.h4{background:var(--h4)}.h5{background:var(--h5)}
.h0,.h1,.h2,.h3{color:var(--low)}.h4,.h5{color:var(--top)}
.rail{fill:var(--rail)}.fill{fill:var(--mark)}.dot{fill:var(--mark);stroke:var(--card);stroke-width:1.5}
.rule{stroke:var(--edge);stroke-width:1}.span{stroke:var(--mark);stroke-width:3;stroke-linecap:round;opacity:.75}
.trace{stroke:var(--mark);stroke-width:2}.before{stroke:var(--soft);stroke-width:3}
.ideal{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4}
.curve{fill:none;stroke:var(--mark);stroke-width:2;stroke-linejoin:round}
.ring{fill:var(--card);stroke:var(--ink);stroke-width:3}
.square{width:100%;max-width:21rem}
figure{margin:0 0 .7rem}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;overflow-wrap:break-word}
figcaption>*{min-width:0}
.ends{display:flex;justify-content:space-between;font-size:.78rem;color:var(--soft);margin:0}
.key{display:inline-block;width:1.3rem;height:.8rem;margin-right:.15rem;vertical-align:-.05rem}
footer{border-top:1px solid var(--edge);color:var(--soft);font-size:.875rem;padding:1.25rem 0 2.5rem;margin-top:3rem}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--edge:#bbb;--rail:#e7eaee;
--mark:#1f66c9;--good:#116636;--good-bg:#fff;--bad:#a4211a;--bad-bg:#fff;--doubt:#6b4b00;--doubt-bg:#fff;--even:#34506e;
--even-bg:#fff;
--h0:#f4f7fb;--h1:#d9e6f7;--h2:#b3cff0;--h3:#86b2e8;--h4:#2f6fc4;--h5:#123f80;--low:#1b1f24;--top:#fff}
body{font-size:10pt}nav,.skip{display:none}.card,.tile,figure,tr{break-inside:avoid}h2,h3{break-after:avoid}
.scroll{overflow:visible}section{margin:1.5rem 0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
""".strip()
