--- What the pages of the pictures look like.

local look = {}

look.style = [[
:root { color-scheme: light dark; --ink: #1c1b22; --paper: #fbfbfe; --dim: #6b6a75;
  --line: #e4e3ea; --card: #fff; --bad: #c8102e; --link: #0b57d0; --grid: #efeef4;
  --run: #0f766e; --sleep: #d9e2ec; --on-sleep: #45556c; --warn: #d97706; --warn-soft: #fde9c8;
  --on-warn: #7c3f00; --op: #c7d2fe; --way: #a5b4fc; --kernel: #6366f1; --back: #c4b5fd;
  --held: #bae6fd; --held-line: #0284c7;
  --c0: #2563eb; --c1: #9333ea; --c2: #0891b2; --c3: #db2777; --c4: #4d7c0f; --c5: #ea580c }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceaf4; --paper: #17161c; --dim: #9b99a8; --line: #32303b; --card: #1e1d25;
    --bad: #ff6b7d; --link: #8ab4f8; --grid: #27252f; --run: #2dd4bf; --sleep: #333a48;
    --on-sleep: #b6c2d4; --warn: #fbbf24; --warn-soft: #4a3712; --on-warn: #fde68a;
    --op: #312e5c; --way: #4f4ba8; --kernel: #818cf8; --back: #6d5bb8; --held: #123a52;
    --held-line: #38bdf8; --c0: #60a5fa; --c1: #c084fc; --c2: #22d3ee; --c3: #f472b6;
    --c4: #a3e635; --c5: #fb923c }
}
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 84rem; margin: 0 auto; padding: 1.6rem 1.25rem 4rem }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
h1 { font-size: 1.3rem; line-height: 1.35; margin: .3rem 0 .2rem; overflow-wrap: anywhere }
h1 b { font: inherit; color: var(--dim) }
h2 { font-size: 1rem; margin: 1.8rem 0 .5rem }
code, td, th, pre, .facts dd { font-family: ui-monospace, "SF Mono", Menlo, Consolas,
  "Liberation Mono", monospace; font-size: .84rem }
nav { display: flex; gap: 1.1rem; flex-wrap: wrap; font-size: .88rem; color: var(--dim) }
nav span { margin-left: auto }
.lead { margin: 0 0 1rem; color: var(--dim) }
.lead b { color: var(--ink); font-weight: 600 }
.badge { display: inline-block; border-radius: 99px; padding: 0 .6rem; font-size: .8rem;
  line-height: 1.5rem; font-weight: 600; vertical-align: .12em; margin-left: .35rem;
  background: color-mix(in srgb, var(--run) 16%, transparent); color: var(--run) }
.badge.bad { background: color-mix(in srgb, var(--bad) 16%, transparent); color: var(--bad) }
.badge.live { background: color-mix(in srgb, var(--warn) 20%, transparent); color: var(--warn);
  animation: pulse 1.4s ease-in-out infinite }
@keyframes pulse { 50% { opacity: .45 } }
.facts { display: flex; flex-wrap: wrap; gap: .5rem; margin: .9rem 0 1rem }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .35rem .8rem .4rem; min-width: 6.4rem }
.facts dt { font-size: .74rem; color: var(--dim) }
.facts dd { margin: 0; font-size: .98rem; font-weight: 600 }
.picture { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .7rem 1rem .8rem; position: relative }
.tools { display: flex; gap: .35rem; align-items: center; flex-wrap: wrap; margin: 0 0 .6rem;
  font-size: .8rem; color: var(--dim) }
.tools button { font: inherit; color: var(--ink); background: var(--paper); cursor: pointer;
  border: 1px solid var(--line); border-radius: 6px; padding: .08rem .6rem; min-width: 2rem }
.tools button:hover { border-color: var(--dim) }
.tools i { display: inline-block; width: .8rem; height: .65rem; border-radius: 2px;
  margin: 0 .35rem 0 .6rem }
.key { white-space: nowrap }
button + span { margin-right: auto }
svg { display: block; cursor: crosshair; user-select: none; touch-action: pan-y }
svg text { font: 11.5px system-ui, sans-serif; fill: var(--dim) }
svg .lane { font-weight: 600; font-size: 13px; fill: var(--ink) }
svg .note { font-size: 11px }
svg .tick { text-anchor: middle; font-size: 11px }
.grid { stroke: var(--grid) }
.rail { stroke: var(--line) }
.mark { fill: var(--dim) }
.mark.bad { fill: var(--bad) }
svg .flag { fill: var(--ink); font-size: 11px }
svg .flag.bad, svg .cross { fill: var(--bad); font-weight: 700 }
.span { fill: var(--sleep) }
.span.run, i.run { fill: var(--run); background: var(--run) }
.span.room { fill: url(#stripes) }
i.wait { background: var(--sleep) }
i.room { background: repeating-linear-gradient(45deg, var(--warn) 0 2px, var(--warn-soft) 2px 5px) }
.stripe { fill: var(--warn); opacity: .42 }
.stripe-back { fill: var(--warn-soft) }
svg .inside { fill: var(--on-sleep); font-size: 11.5px; pointer-events: none }
svg .inside.room, svg .inside.slow { fill: var(--on-warn); font-weight: 600 }
svg .inside.op-name { fill: var(--paper); font-size: 10.5px; font-weight: 600 }
svg .inside.run { fill: var(--paper); font-weight: 600 }
.slow { fill: url(#stripes) }
.chunk { fill: var(--ink); opacity: .75 }
.chunk.file { fill: var(--c4) } .chunk.fragment { fill: var(--c5) }
.received { fill: var(--held-line) }
.dot { fill: var(--card); stroke: var(--dim) }
.ribbon { opacity: .42; transition: opacity .12s; stroke-width: 1.3 }
.ribbon.c0 { stroke: var(--c0) } .ribbon.c1 { stroke: var(--c1) } .ribbon.c2 { stroke: var(--c2) }
.ribbon.c3 { stroke: var(--c3) } .ribbon.c4 { stroke: var(--c4) } .ribbon.c5 { stroke: var(--c5) }
.c0 { fill: var(--c0) } .c1 { fill: var(--c1) } .c2 { fill: var(--c2) }
.c3 { fill: var(--c3) } .c4 { fill: var(--c4) } .c5 { fill: var(--c5) }
.ribbon[data-send=""] { fill: var(--dim) }
svg.focus [data-send] { opacity: .1 }
svg.focus .ribbon.hot { opacity: .7 }
svg.focus .chunk.hot, svg.focus .send.hot { opacity: 1 }
.send.partial { stroke: var(--warn); stroke-width: 1.2 }
svg .end { text-anchor: end }
svg .flag, svg .size, svg .note { paint-order: stroke; stroke: var(--card); stroke-width: 3px }
svg .size { font-size: 10.5px; font-family: ui-monospace, monospace }
.held { fill: var(--held); stroke: var(--held-line); stroke-width: 1 }
.limit { stroke: var(--warn); stroke-dasharray: 5 4 }
.op { fill: var(--op) }
.op.bad { fill: var(--bad) }
.step.way, i.way { fill: var(--way); background: var(--way) }
.step.kernel, i.kernel { fill: var(--kernel); background: var(--kernel) }
.step.back, i.back { fill: var(--back); background: var(--back) }
.gap { fill: url(#stripes); opacity: .5 }
.cursor { stroke: var(--dim); stroke-dasharray: 2 3; pointer-events: none }
.choice { fill: var(--link); opacity: .14; pointer-events: none }
#tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--paper);
  border-radius: 6px; padding: .3rem .6rem; font-size: .8rem; white-space: pre-line;
  max-width: 24rem; z-index: 9; display: none }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .22rem .8rem .22rem 0; font-weight: 400;
  overflow-wrap: anywhere; vertical-align: top }
th { color: var(--dim); white-space: nowrap }
thead th { border-bottom: 1px solid var(--line) }
.n { text-align: right; white-space: nowrap }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--card);
  margin: .6rem 0; overflow-x: auto }
summary { cursor: pointer; padding: .5rem .9rem; font-weight: 600 }
details table { margin: 0 .9rem .7rem; width: calc(100% - 1.8rem) }
.list { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .4rem 1rem; overflow-x: auto }
.list td { vertical-align: middle }
.list .badge { margin: 0 }
.list tbody tr:hover { background: var(--grid) }
.bar { height: .5rem; border-radius: 3px; background: var(--run); min-width: 2px }
footer { color: var(--dim); font-size: .82rem; margin-top: 2rem }
]]

look.page = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>$style</style>
</head>
<body>
<div id="page"></div>
<div id="tip"></div>
<footer>Shown in development only. The server keeps the last 64 responses, and of each
up to 8,192 moments; values of headers that look like secrets are left out.</footer>
<script type="application/json" id="data">$data</script>
<script>$script</script>
</body>
</html>
]]

look.missing = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>No picture</title>
<style>$style</style>
</head>
<body>
<nav><a href="/.sluice/picture">The last responses</a></nav>
<h1>There is no picture $id here</h1>
<p class="lead">The last 64 responses are kept, until the server ends. With several
workers each keeps its own<span id="again"></span>.</p>
<script>
const tries = Number(new URLSearchParams(location.search).get("try") || 0);
if (tries < 20) {
  document.getElementById("again").textContent = ": looking for another one";
  setTimeout(() => location.replace(location.pathname + "?try=" + (tries + 1)), 150);
}
</script>
</body>
</html>
]]

return look
