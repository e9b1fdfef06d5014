--- The script of the pages around the drawings: what is in words, zooming, and
--- following a response that is not over.

local page = {}

page.script = [==[
let data = JSON.parse(document.getElementById("data").textContent);
const place = document.getElementById("page");
const tip = document.getElementById("tip");
const here = location.pathname.replace(/\/$/, "");
const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
const isBad = (one) => one.response.status >= 500 ||
  !["sent", "running"].includes(one.response.outcome);

function badge(one) {
  const { outcome, status } = one.response;
  if (outcome === "running") return '<span class="badge live">running</span>';
  const word = outcome === "sent" ? status : outcome;
  return `<span class="badge${isBad(one) ? " bad" : ""}">${escapeText(word)}</span>`;
}

function table(heads, rows, classes = "") {
  const cell = (text, i) => `<td class="${heads[i][1] || ""}">${text}</td>`;
  return `<table class="${classes}"><thead><tr>` +
    heads.map(([text, kind]) => `<th class="${kind || ""}">${text}</th>`).join("") +
    "</tr></thead><tbody>" +
    rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("") + "</tbody></table>";
}

// --- One response ---------------------------------------------------------------

function spansOf(what) {
  const handler = data.tasks.find((task) => task.is_handler);
  return handler ? sum(handler.spans.filter((span) => what(span.what)),
    (span) => span.to - span.from) : 0;
}

function sentence() {
  const { chunks, sends, outcome } = data.response;
  const words = [];
  words.push(`<b>${showCount(chunks, "chunk")}</b> ` +
    (sends === 0 ? "and nothing sent" : `left in <b>${showCount(sends, "send")}</b>`) +
    ` within <b>${showTime(data.duration_ms)}</b>.`);
  const ran = spansOf((what) => what === "run"), slept = spansOf((what) => what !== "run");
  if (ran + slept > 0) {
    const forRoom = spansOf((what) => what === "room");
    words.push(`The handler ran for ${showTime(ran)}` +
      (slept > 0 ? ` and waited for ${showTime(slept)}` : "") +
      (forRoom > slept / 2 ? ", <b>most of it because the client is slow</b>." : "."));
  }
  if (data.tasks.some((task) => task.is_handler && task.failed)) {
    words.push("<b>It failed.</b>");
  }
  const slow = sum(data.slow, (one) => one.to - one.from);
  if (slow > 0) words.push(`The socket was full for <b>${showTime(slow)}</b>.`);
  if (!["sent", "running"].includes(outcome)) {
    words.push(`It ended early: <b>${escapeText(outcome)}</b>.`);
  }
  if (data.gap.dropped) {
    words.push(`${showCount(data.gap.dropped, "moment")} in the middle were dropped.`);
  }
  return words.join(" ");
}

function facts() {
  const { response } = data;
  const most = Math.max(0, ...data.held.map((step) => step.bytes));
  const list = [
    ["Status", response.status], ["Time", showTime(data.duration_ms)],
    ["Chunks", response.chunks.toLocaleString("en")],
    ["Sends", response.sends.toLocaleString("en")],
    ["Body written", showSize(response.accepted_bytes)],
    ["On the wire", showSize(response.wire_bytes)],
    ["Held at most", showSize(most)],
    ["Operations", data.operations.length.toLocaleString("en")],
  ];
  return `<dl class="facts">${list.map(([name, value]) =>
    `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>`;
}

const MOST_ROWS = 500;

function listed(title, all, heads, row) {
  if (all.length === 0) return "";
  const more = all.length > MOST_ROWS ? `, the first ${MOST_ROWS}; all are in the JSON` : "";
  return `<details data-name="${title}"><summary>${title} (${all.length}${more})</summary>` +
    table(heads, all.slice(0, MOST_ROWS).map(row)) + "</details>";
}

const headersOf = (title, list) => listed(title, list || [], [["Name"], ["Value"]],
  (one) => [escapeText(one.name), escapeText(one.value)]);
const maybe = (ms) => ms === undefined ? "" : showTime(ms);

function tables() {
  return listed("Operations", data.operations, [["Operation"], ["Status"], ["Bytes", "n"],
      ["On the wire", "n"], ["Accepted", "n"], ["Left the stages", "n"], ["Completed", "n"],
      ["Handler went on", "n"]],
    (one) => [`${one.kind} ${one.id}`, one.status, one.bytes, one.wire_bytes ?? "",
      maybe(one.accepted_ms), maybe(one.passed_ms), maybe(one.completed_ms),
      maybe(one.resumed_ms)]) +
    listed("Sends", data.sends, [["Send"], ["At", "n"], ["Bytes", "n"], ["Of the body", "n"],
      [""]], (one) => [one.number, showTime(one.ms), one.bytes, one.body_to - one.body_from,
      one.is_partial ? "more was there" : ""]) +
    listed("Chunks", data.chunks, [["Chunk"], ["Kind"], ["Bytes", "n"], ["Accepted", "n"],
      ["Left the stages", "n"], ["Operation", "n"], ["Send", "n"]],
    (one) => [one.number, one.kind, one.bytes, showTime(one.ms), maybe(one.passed_ms),
      one.operation ?? "", one.is_dropped ? "dropped" : one.send ?? ""]) +
    headersOf("Headers of the request", data.request.headers) +
    headersOf("Headers of the response", data.response.headers);
}

let view, isZoomed = false;

function whole() {
  const room = Math.max(data.duration_ms, 0.02);
  return [-0.015 * room, 1.06 * room];
}

function zoom(from, to) {
  const [least, most] = whole();
  from = Math.max(from, least);
  to = Math.min(to, most);
  if (to - from < 0.0005) return;
  isZoomed = from > least || to < most;
  view = [from, to];
  paint();
}

function zoomBy(factor, at = (view[0] + view[1]) / 2) {
  zoom(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
}

let drawing;

function paint() {
  const box = document.getElementById("drawing");
  if (!isZoomed) view = whole();
  drawing = new Drawing(data, Math.max(300, box.clientWidth), view);
  box.innerHTML = drawing.draw();
}

function fillOne() {
  const open = [...document.querySelectorAll("details[open]")].map((one) => one.dataset.name);
  place.querySelector("#words").innerHTML = sentence();
  place.querySelector("#facts").innerHTML = facts();
  place.querySelector("#tables").innerHTML = tables();
  place.querySelector("#badge").innerHTML = badge(data);
  for (const one of document.querySelectorAll("details")) {
    one.open = open.includes(one.dataset.name);
  }
  paint();
}

async function follow() {
  if (!data.is_running) return;
  try {
    const answer = await fetch(here + ".json");
    if (answer.ok) data = await answer.json();
    fillOne();
  } catch { /* the server is away: ask again */ }
  setTimeout(follow, 400);
}

const legend = [["run", "runs"], ["wait", "waits"], ["room", "waits for the client"],
  ["way", "accepted, in stages"], ["kernel", "waits for the kernel"],
  ["back", "waits for the handler"]];

function showOne() {
  const { method, target, id } = data.request;
  place.innerHTML = `<nav><a href="/.sluice/picture">The last responses</a>
    <a href="${here}.json">JSON</a>
    <a href="${here}.trace.json" title="a trace file, for ui.perfetto.dev">Trace for Perfetto</a>
    <span>request ${escapeText(id)}, ${new Date(data.unix_ms).toLocaleString()}</span></nav>
    <h1><b>${escapeText(method)}</b> ${escapeText(target)} <span id="badge"></span></h1>
    <p class="lead" id="words"></p><div id="facts"></div>
    <div class="picture"><div class="tools"><button id="in" title="zoom in: +">+</button>
    <button id="out" title="zoom out: -">&minus;</button>
    <button id="all" title="all of it: 0, or a double click">All</button>
    <span>drag to zoom in</span>${legend.map(([kind, text]) =>
      `<span class="key"><i class="${kind}"></i>${text}</span>`).join("")}</div>
    <div id="drawing"></div></div><div id="tables"></div>`;
  const click = (name, act) => document.getElementById(name).addEventListener("click", act);
  click("in", () => zoomBy(0.5));
  click("out", () => zoomBy(2));
  click("all", () => zoom(-Infinity, Infinity));
  addEventListener("resize", paint);
  addEventListener("keydown", (event) => {
    const step = (view[1] - view[0]) / 5;
    const acts = { "+": () => zoomBy(0.5), "-": () => zoomBy(2), 0: () => zoom(...whole()),
      ArrowLeft: () => zoom(view[0] - step, view[1] - step),
      ArrowRight: () => zoom(view[0] + step, view[1] + step) };
    if (isZoomed || !event.key.startsWith("Arrow")) acts[event.key]?.();
  });
  watchMouse(document.getElementById("drawing"));
  fillOne();
  setTimeout(follow, 400);
}

// --- The mouse ---------------------------------------------------------------------

function showTip(event) {
  const one = event.target.closest?.("[data-tip]");
  const text = one?.dataset.tip;
  tip.style.display = text ? "block" : "none";
  if (text) tip.textContent = text;
  const over = event.clientX + tip.offsetWidth + 24 > innerWidth;
  tip.style.left = (over ? event.clientX - tip.offsetWidth - 12 : event.clientX + 14) + "px";
  tip.style.top = event.clientY + 16 + "px";
  const svg = event.target.closest?.("svg");
  const send = event.target.dataset?.send;
  for (const hot of document.querySelectorAll("svg .hot")) hot.classList.remove("hot");
  svg?.classList.toggle("focus", Boolean(send));
  if (send) svg.querySelectorAll(`[data-send="${send}"]`).forEach((part) =>
    part.classList.add("hot"));
}

function watchMouse(box) {
  let begun = null;
  const timeAt = (event) => view[0] +
    (event.clientX - box.getBoundingClientRect().left - drawing.left) / drawing.perPixel;
  const line = (kind, from, to) => {
    const svg = box.querySelector("svg");
    let rect = svg.querySelector("." + kind);
    if (!rect) {
      rect = document.createElementNS(svg.namespaceURI, "rect");
      rect.setAttribute("class", kind);
      svg.append(rect);
    }
    const x0 = drawing.x(Math.min(from, to)), x1 = drawing.x(Math.max(from, to));
    for (const [name, value] of Object.entries({ x: x0, width: Math.max(x1 - x0, 0.5), y: 20,
      height: drawing.y - 20 })) rect.setAttribute(name, value);
  };
  box.addEventListener("mousedown", (event) => { begun = timeAt(event); event.preventDefault(); });
  addEventListener("mousemove", (event) => {
    showTip(event);
    if (begun !== null) line("choice", begun, timeAt(event));
    else if (box.contains(event.target)) line("cursor", timeAt(event), timeAt(event));
  });
  addEventListener("mouseup", (event) => {
    if (begun === null) return;
    const from = begun, to = timeAt(event);
    begun = null;
    if (Math.abs(to - from) * drawing.perPixel > 5) zoom(Math.min(from, to), Math.max(from, to));
    else paint();
  });
  box.addEventListener("dblclick", () => zoom(-Infinity, Infinity));
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    zoomBy((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, timeAt(event));
  }, { passive: false });
}

// --- The last ones ----------------------------------------------------------------

function showList() {
  const longest = Math.max(...data.pictures.map((one) => one.duration_ms), 0.001);
  const rows = data.pictures.map((one) => {
    const { request, response } = one;
    return [`<a href="/.sluice/picture/${one.id}">${one.id}</a>`,
      new Date(one.unix_ms).toLocaleTimeString(), escapeText(request.method),
      `<a href="/.sluice/picture/${one.id}">${escapeText(request.target)}</a>`, badge(one),
      showTime(one.duration_ms), `<div class="bar" style="width:${
        Math.max(2, 110 * Math.log1p(one.duration_ms) / Math.log1p(longest))}px"></div>`,
      showSize(response.sent_bytes), response.chunks, response.sends];
  });
  place.innerHTML = `<h1>The last responses</h1><p class="lead">Each leads to a picture of its
    life: when the handler ran, waited and wrote, and when the kernel took what.` +
    (data.missed ? ` ${showCount(data.missed, "request")} came while all of them ran, and
    ${data.missed === 1 ? "has" : "have"} none.` : "") + "</p>" +
    (rows.length === 0 ? "<p>None yet: ask the app for something.</p>"
      : `<div class="list">${table([["Picture"], ["At"], ["Method"], ["Path"], ["Status"],
        ["Time", "n"], [""], ["Body", "n"], ["Chunks", "n"], ["Sends", "n"]], rows)}</div>`);
}

async function followList() {
  try {
    const answer = await fetch("/.sluice/picture.json");
    if (answer.ok) { data = await answer.json(); showList(); }
  } catch { /* the server is away: ask again */ }
  setTimeout(followList, 1000);
}

if (data.pictures) {
  showList();
  setTimeout(followList, 1000);
} else {
  showOne();
}
]==]

return page
