--- The first page of the examples: each with a link, and a button that shows
--- its answer as it arrives. A path behind "#" is run at once: /#/tokens.

local head = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice is running</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #16202b;
    --quiet: #617080; --line: #dfe4ea; --accent: #0b6e99; --soft: #e6f2f7 }
  @media (prefers-color-scheme: dark) { :root { --back: #0f151b; --card: #172029;
    --text: #e4eaf0; --quiet: #93a1b0; --line: #2a3642; --accent: #5cc0e8; --soft: #1b303c } }
  * { box-sizing: border-box }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: var(--back);
    color: var(--text) }
  .page { max-width: 72rem; margin: 0 auto; padding: 2.5rem 1.25rem }
  h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em; margin: 0;
    display: flex; align-items: center; gap: .7rem }
  h1::before { content: ""; width: .7rem; height: .7rem; border-radius: 50%;
    background: #2fb170; box-shadow: 0 0 0 .3rem #2fb17033 }
  header p { color: var(--quiet); margin: .6rem 0 1.75rem }
  code, pre, a { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace }
  main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.15fr);
    gap: 1.5rem; align-items: start }
  ul, section { background: var(--card); border: 1px solid var(--line);
    border-radius: .8rem; margin: 0; overflow: hidden }
  ul { list-style: none; padding: 0 }
  li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 1rem;
    align-items: center; padding: .6rem .9rem; border-left: 3px solid transparent }
  li + li { border-top: 1px solid var(--line) }
  li.current { background: var(--soft); border-left-color: var(--accent) }
  li a { color: var(--accent); font-weight: 600; font-size: .9rem; text-decoration: none }
  li a:hover { text-decoration: underline }
  li span { grid-column: 1; color: var(--quiet); font-size: .875rem; line-height: 1.35 }
  button { grid-row: 1 / 3; grid-column: 2; padding: .3rem .9rem; font: inherit;
    font-size: .875rem; color: var(--accent); background: none; cursor: pointer;
    border: 1px solid var(--line); border-radius: 2rem }
  button:hover, button:focus-visible { border-color: var(--accent); background: var(--soft) }
  button:disabled { display: none }
  section { position: sticky; top: 1rem; background: #10181f; color: #dbe5ee;
    border-color: #2a3642 }
  section div { display: flex; align-items: center; gap: .75rem; min-height: 3rem;
    padding: .5rem 1rem; border-bottom: 1px solid #26323d; font-size: .85rem }
  #request { font: 600 .85rem ui-monospace, Menlo, monospace; flex: 1 0 auto }
  #status { color: #8fa3b5; min-width: 0; overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap }
  section button { color: #dbe5ee; border-color: #3a4a58 }
  section button:hover { background: #26323d }
  pre { margin: 0; padding: 1rem; height: min(34rem, calc(100vh - 7rem)); overflow: auto;
    white-space: pre-wrap; overflow-wrap: anywhere; font-size: .82rem; line-height: 1.5 }
  @media (max-width: 48rem) {
    .page { padding: 1.5rem 1rem calc(36vh + 2rem) }
    main { grid-template-columns: minmax(0, 1fr) }
    section { position: fixed; inset: auto 0 0; top: auto; border-radius: .8rem .8rem 0 0 }
    pre { height: calc(36vh - 3rem) }
  }
</style>
<div class="page">
<header>
<h1>Sluice is running</h1>
<p>Each of these is a few lines in <code>lua/examples</code>.
Run one and watch its answer arrive.</p>
</header>
<main>
<ul>
]]

local row = [[
  <li><a href="%s">%s</a><button data-path="%s" data-method="%s">Run</button><span>%s</span></li>
]]

local tail = [[
</ul>
<section aria-live="polite">
<div><span id="request">Nothing was run yet</span><span id="status"></span>
<button id="stop" disabled>Stop</button></div>
<pre id="answer"></pre>
</section>
</main>
</div>
<script>
  const part = (name) => document.getElementById(name);
  const shown = 20000; // characters kept on the page
  let running = new AbortController();

  // What goes on, for people and for tests: running, done, stopped or failed.
  function say(state, text) {
    document.body.dataset.state = state;
    part("status").textContent = text;
    part("stop").disabled = state !== "running";
  }

  function show(text) {
    part("answer").textContent = (part("answer").textContent + text).slice(-shown);
    part("answer").scrollTop = part("answer").scrollHeight;
  }

  async function run(button) {
    const { path, method } = button.dataset;
    running.abort();
    const mine = running = new AbortController();
    const options = { signal: mine.signal, method };
    if (method === "POST") options.body = "Sent by the page.\n";
    for (const item of document.querySelectorAll("li"))
      item.classList.toggle("current", item.contains(button));
    part("request").textContent = method + " " + path;
    part("answer").textContent = "";
    say("running", "…");
    const begun = performance.now();
    let size = 0, status = "";
    const result = () => status + " · " + size.toLocaleString("en") + " characters · "
      + Math.round(performance.now() - begun).toLocaleString("en") + " ms";
    try {
      const response = await fetch(path, options);
      status = response.status;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        size += piece.value.length;
        show(piece.value);
        say("running", result());
      }
      say("done", result());
    } catch (error) {
      if (mine !== running) return; // another one was begun
      if (error.name === "AbortError") say("stopped", result() + ", stopped");
      else { say("failed", "failed"); show("\n" + error); }
    }
  }

  for (const button of document.querySelectorAll("li button"))
    button.onclick = () => run(button);
  part("stop").onclick = () => running.abort();
  function run_named() {
    const path = decodeURIComponent(location.hash.slice(1));
    for (const button of document.querySelectorAll("li button"))
      if (button.dataset.path === path) run(button);
  }
  addEventListener("hashchange", run_named);
  run_named();
</script>
]]

---@param examples string[][] path and what it shows
return function(examples)
  local rows = {}
  for n, example in ipairs(examples) do
    local path, about = example[1], example[2]
    rows[n] = row:format(path, path, path, about:match("^POST") or "GET", about)
  end
  return function(_, res)
    res:set("Content-Type", "text/html; charset=utf-8")
    res:WriteEntityChunks({ head, rows, tail })
  end
end
