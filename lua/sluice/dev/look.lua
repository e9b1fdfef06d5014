--- What the pages of development look like.

local look = {}

---A template with `$name` replaced.
---@param template string
---@param values table<string, string>
---@return string
function look.fill(template, values)
  return (template:gsub("%$([%a_]+)", values))
end

look.style = [[
:root { color-scheme: light dark; --ink: #1c1b22; --paper: #fbfbfe; --dim: #6b6a75;
  --line: #e4e3ea; --card: #fff; --mark: #fff1f0; --accent: #c8102e; --link: #0b57d0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceaf4; --paper: #17161c; --dim: #9b99a8; --line: #32303b;
    --card: #201f27; --mark: #3a1c22; --accent: #ff6b7d; --link: #8ab4f8 }
}
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.35rem; line-height: 1.35; margin: .35rem 0 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 2rem 0 .6rem }
h3 { font-size: .8rem; margin: .9rem 1rem .2rem; color: var(--dim); font-weight: 600 }
a { color: var(--link) }
code, pre, th, td, summary, .ours { font-family: ui-monospace, "SF Mono", Menlo, Consolas,
  "Liberation Mono", monospace; font-size: .84rem }
.kicker { color: var(--accent); font-weight: 600; margin: 0 }
.dim, summary span, .ours span { color: var(--dim) }
details, .plain { background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; margin: .5rem 0; overflow: hidden }
summary { padding: .6rem 1rem; cursor: pointer; overflow-wrap: anywhere }
summary span, .ours span { margin-left: .75rem }
.ours { margin: .3rem 0; padding: 0 1rem }
pre { margin: 0; padding: .5rem 0; overflow-x: auto; line-height: 1.6; tab-size: 4;
  border-top: 1px solid var(--line) }
.plain pre { padding: .75rem 1rem; border: 0 }
.line { display: block; padding-right: 1rem; min-width: max-content }
.line i { display: inline-block; width: 3.5rem; padding-right: 1rem; text-align: right;
  color: var(--dim); font-style: normal; user-select: none }
.here { background: var(--mark); box-shadow: inset 3px 0 var(--accent) }
table { border-collapse: collapse; width: 100%; margin: 0 0 .6rem }
th, td { text-align: left; vertical-align: top; padding: .18rem 1rem; font-weight: 400;
  overflow-wrap: anywhere }
th { width: 12rem; color: var(--dim); overflow-wrap: anywhere }
footer { color: var(--dim); font-size: .85rem; margin-top: 2rem }
]]

look.failure = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>500: $title</title>
<style>$style</style>
</head>
<body>
<p class="kicker">500: the handler failed</p>
<h1>$message</h1>
<p class="dim"><code>$request</code></p>
$frames
<h2>Traceback</h2>
<div class="plain"><pre>$traceback</pre></div>
<h2>The request</h2>
<div class="plain"><h3><code>$request</code></h3>$headers</div>
<footer>Request $id, <a href="/.sluice/picture/$id">as a picture</a>. This page is shown in
development only; it goes away when the file is mended and saved.</footer>
</body>
</html>
]]

look.waiting = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The app does not start</title>
<style>$style</style>
</head>
<body>
<p class="kicker">503: nothing to serve yet</p>
<h1>The app does not start</h1>
<div class="plain"><pre>$trouble</pre></div>
<footer>This page is shown in development only; it turns into the app when the file is
mended and saved.</footer>
<script>
(() => {
  window.sluiceDevelopment = true; // there is no version before to lie over
  const seen = {};
  const look = ({ type, data }) => {
    if (seen[type] !== undefined && seen[type] !== data) location.reload();
    seen[type] = data;
  };
  const events = new EventSource("/.sluice/events");
  events.addEventListener("hello", look);
  events.addEventListener("trouble", look);
  events.addEventListener("over", () => location.reload());
  addEventListener("pagehide", () => events.close());
})();
</script>
</body>
</html>
]]

look.start = [[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice</title>
<style>$style</style>
</head>
<body>
<p class="kicker">It runs</p>
<h1>This app has no first page yet</h1>
<p>Add one to its file, and save: this page turns into it by itself.</p>
<div class="plain"><pre>app:get("/", function(req, res)
  res:html("&lt;h1&gt;Hello&lt;/h1&gt;")
end)</pre></div>
<h2>What it answers</h2>
<div class="plain">$routes</div>
<footer>This page is shown in development only.</footer>
</body>
</html>
]]

look.script = [[
(() => {
  if (window.sluiceDevelopment) return;
  window.sluiceDevelopment = true;
  const version = document.currentScript && document.currentScript.dataset.sluice;
  let overlay;

  function hide() {
    if (overlay) overlay.remove();
    overlay = undefined;
  }

  function show(text) {
    hide();
    overlay = document.createElement("sluice-trouble");
    overlay.style.cssText = "position:fixed;inset:0;z-index:2147483647;overflow:auto;" +
      "background:rgba(18,16,24,.72);display:block";
    const root = overlay.attachShadow({ mode: "open" });
    root.innerHTML = `<style>
      div { font: 16px/1.5 system-ui, sans-serif; max-width: 58rem; margin: 4rem auto;
        background: #1f1d27; color: #eceaf4; border-radius: 10px; padding: 1.5rem 1.75rem;
        border-top: 4px solid #ff6b7d; box-shadow: 0 12px 48px rgba(0,0,0,.5) }
      b { color: #ff6b7d }
      pre { font: 14px/1.6 ui-monospace, Menlo, Consolas, "Liberation Mono", monospace;
        white-space: pre-wrap; overflow-wrap: anywhere; margin: 1rem 0 }
      p { margin: 0; color: #9b99a8; font-size: .9rem }
    </style><div role="alert"><b>What was saved does not load</b><pre></pre>
    <p>The version before is served. This goes away when the file is mended.</p></div>`;
    root.querySelector("pre").textContent = text;
    (document.body || document.documentElement).append(overlay);
  }

  const events = new EventSource("/.sluice/events");
  events.addEventListener("hello", (event) => {
    hide();
    if (version && event.data !== version) location.reload();
  });
  events.addEventListener("trouble", (event) => show(event.data));
  events.addEventListener("over", () => location.reload());
  addEventListener("pagehide", () => events.close());
})();
]]

return look
