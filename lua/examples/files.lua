--- A form for files of any size. The page shows how much has left the browser;
--- that keeps pace with the handler, because no more is taken from a client than
--- its handler asks for. What arrives is only looked at here: `part:save(path)`
--- would keep it.
---
---     curl -F note=Hello -F file=@app.lua http://127.0.0.1:8080/files

local page = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Files</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto;
    padding: 0 1rem }
  form { display: grid; gap: 1rem; justify-items: start }
  progress { width: 100% }
  pre { white-space: pre-wrap }
</style>
<h1>Send files</h1>
<form method="post" enctype="multipart/form-data">
  <label>A note <input name="note" value="Hello"></label>
  <input type="file" name="file" multiple aria-label="Files">
  <button>Send</button>
  <progress value="0" hidden></progress>
</form>
<pre id="answer"></pre>
<script>
  const form = document.querySelector("form");
  const bar = document.querySelector("progress");
  const answer = document.getElementById("answer");

  form.onsubmit = (event) => {
    event.preventDefault(); // without scripts the form works as well
    const request = new XMLHttpRequest();
    request.upload.onprogress = (sent) => { bar.max = sent.total; bar.value = sent.loaded; };
    request.onload = () => { answer.textContent = request.status + "\n" + request.responseText; };
    request.onerror = () => { answer.textContent = "The connection broke off."; };
    bar.hidden = false;
    request.open("POST", form.action);
    request.send(new FormData(form));
  };
</script>
]]

local GIB = 1024 * 1024 * 1024

local function count(part)
  local bytes, lines = 0, 0
  for piece in part:chunks() do
    bytes = bytes + #piece
    lines = lines + select(2, piece:gsub("\n", ""))
  end
  return bytes, lines
end

local function receive(req, res)
  for part in req:parts({ bytes = 20 * GIB, parts = 100 }) do
    if not part.filename then
      res:write(part.name, ": ", assert(part:text(1000)), "\n")
    elseif part.filename ~= "" then -- else none was chosen
      local bytes, lines = count(part)
      res:write(part.filename, ": ", bytes, " bytes, ", lines, " lines\n")
    end
  end
end

return function(req, res)
  if req.method == "POST" then
    res:set("Content-Type", "text/plain; charset=utf-8")
    receive(req, res)
  else
    res:html(page)
  end
end
