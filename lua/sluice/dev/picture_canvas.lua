--- What the drawing of a response is made with: words for numbers, and a canvas of
--- lanes over one axis of time.

local canvas = {}

canvas.script = [==[
const escapeText = (text) => String(text).replace(/[&<>"]/g,
  (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

function showTime(ms) {
  const fixed = (n) => n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0).replace(/\.0+$/, "");
  if (ms < 0) return "-" + showTime(-ms);
  if (ms < 0.9995) return fixed(ms * 1000) + " \u00b5s";
  if (ms < 999.5) return fixed(ms) + " ms";
  if (ms < 59995) return fixed(ms / 1000) + " s";
  return Math.floor(ms / 60000) + " min " + Math.round(ms % 60000 / 1000) + " s";
}

function showSize(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let n = 0;
  for (; bytes >= 1024 && n < 3; n++) bytes /= 1024;
  return (n && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)) + " " + units[n];
}

const showCount = (n, word) => n.toLocaleString("en") + " " + word + (n === 1 ? "" : "s");

const waitWords = {
  turn: "for its next turn", sleep: "sleeps", room: "for room: the client is slow",
  body: "for the request's body", completion: "for a completion",
  park: "for something else", join: "for a task", child: "for its tasks",
};

function spanWord(span) {
  if (span.what === "run") return "runs";
  if (span.operation) return "waits for operation " + span.operation;
  return (span.what === "sleep" ? "" : "waits ") + (waitWords[span.what] || span.what);
}

// Steps of 1, 2 and 5; of seconds also 15 and 30.
function axisStep(range, most) {
  const rough = range / most;
  if (rough > 5000) {
    return [10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400]
      .map((s) => s * 1000).find((s) => s >= rough) || 864e5;
  }
  const ten = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * ten).find((n) => n >= rough);
}

class Canvas {
  constructor(data, width, view) {
    this.data = data;
    this.width = width;
    this.left = width > 700 ? 168 : 16;
    this.view = view;
    this.parts = [];
    this.y = 0;
    this.perPixel = (width - this.left - 18) / (view[1] - view[0]);
    this.sendAt = new Map(data.sends.map((send) => [send.number, send.ms]));
  }

  x(ms) { return this.left + (ms - this.view[0]) * this.perPixel; }
  clip(x) { return Math.max(this.left - 4, Math.min(this.width - 12, x)); }
  sees(from, to) { return to >= this.view[0] && from <= this.view[1]; }
  put(text) { this.parts.push(text); }

  rect(kind, x0, y, x1, height, tip, more = "") {
    this.put(`<rect class="${kind}" x="${x0.toFixed(2)}" y="${y.toFixed(1)}" ` +
      `width="${Math.max(x1 - x0, 0).toFixed(2)}" height="${height.toFixed(1)}" ` +
      `data-tip="${escapeText(tip)}" ${more}/>`);
  }

  text(kind, x, y, text) {
    this.put(`<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">` +
      `${escapeText(text)}</text>`);
  }

  lane(title, note, height) {
    const y = this.y;
    if (this.left > 100) {
      this.text("lane", 0, y + 13, title);
      if (note) this.text("note", 0, y + 28, note);
    } else {
      this.text("lane", 0, y + 9, title);
      this.y += 16;
    }
    const at = this.y;
    this.y += height;
    return at;
  }

  axis() {
    const [from, to] = this.view;
    const step = axisStep(to - from, (this.width - this.left) / 95);
    this.axisAt = this.parts.length;
    this.ticks = [];
    for (let n = Math.ceil(from / step); n * step <= to; n++) this.ticks.push(n * step);
    this.y = 24;
  }

  // Behind all, when the height is known.
  grid() {
    const lines = this.ticks.map((ms) => `<line class="grid" x1="${this.x(ms).toFixed(1)}" ` +
      `x2="${this.x(ms).toFixed(1)}" y1="20" y2="${this.y}"/><text class="tick" ` +
      `x="${this.x(ms).toFixed(1)}" y="12">${ms === 0 ? "0" : showTime(ms)}</text>`);
    this.parts.splice(this.axisAt, 0, ...lines);
  }
}
]==]

return canvas
