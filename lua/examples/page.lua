--- The first page of the examples: each with a link, and a button that shows
--- its answer as it arrives.

local head = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice is running</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --line: #8883; --quiet: #888; --accent: #0a7ea4 }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto;
    padding: 0 1rem }
  h1 { font-size: 1.8rem; margin: 0 }
  p { color: var(--quiet); margin: .3rem 0 1.5rem }
  main { display: grid; grid-template-columns: repeat(2, minmax(20rem, 1fr)); gap: 2rem }
  ul { list-style: none; margin: 0; padding: 0 }
  li { display: grid; grid-template-columns: 1fr auto; padding: .6rem 0;
    border-top: 1px solid var(--line) }
  li a { color: var(--accent); font: 600 .95rem ui-monospace, monospace; text-decoration: none }
  li span { grid-column: 1; color: var(--quiet); font-size: .9rem }
  button { grid-row: 1 / 3; grid-column: 2; align-self: center; padding: .2rem .8rem;
    font: inherit; color: inherit; background: none; cursor: pointer;
    border: 1px solid var(--line); border-radius: .4rem }
  button:hover { border-color: var(--accent); color: var(--accent) }
  pre { position: sticky; top: 1rem; margin: 0; padding: 1rem; height: 26rem; overflow: auto;
    border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap;
    font: .85rem/1.45 ui-monospace, monospace }
  @media (max-width: 44rem) { main { grid-template-columns: 1fr } }
</style>
<h1>Sluice is running</h1>
<p>Each of these is a few lines in <code>lua/examples</code>.
Run one and watch its answer arrive.</p>
<main>
<ul>
]]

local row = [[
  <li><a href="%s">%s</a><button data-path="%s" data-method="%s">Run</button><span>%s</span>
]]

local tail = [[
</ul>
<pre id="answer">No answer yet.</pre>
</main>
<script>
  const answer = document.getElementById("answer");
  const shown = 20000; // characters kept on the page
  let running = new AbortController();

  async function run(path, method) {
    running.abort();
    running = new AbortController();
    answer.textContent = "";
    const begun = performance.now();
    let bytes = 0;
    try {
      const options = { signal: running.signal, method };
      if (method === "POST") options.body = "Sent by the page.\n";
      const response = await fetch(path, options);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      answer.textContent = response.status + " " + response.statusText + "\n\n";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        bytes += part.value.length;
        answer.textContent = (answer.textContent + part.value).slice(-shown);
        answer.scrollTop = answer.scrollHeight;
      }
      const ms = Math.round(performance.now() - begun);
      answer.textContent += "\n\n" + bytes + " characters in " + ms + " ms";
    } catch (error) {
      if (error.name !== "AbortError") answer.textContent += "\n\n" + error;
    }
    answer.scrollTop = answer.scrollHeight;
  }

  for (const button of document.querySelectorAll("button"))
    button.onclick = () => run(button.dataset.path, button.dataset.method);
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
