--- The script that draws a response: its lanes, as SVG.

local draw = {}

draw.script = [==[
class Drawing extends Flow {
  marks() {
    const words = { head: "head", finished: "last data", answered: "handler over",
      failed: "aborted", let_go: "all taken", cleared: "begun again" };
    const y = this.lane("Milestones", "", 50);
    const ends = [-1e9, -1e9, -1e9];
    const marks = this.data.marks.filter((mark) => mark.kind !== "received");
    for (const mark of marks.sort((a, b) => a.ms - b.ms)) {
      if (!this.sees(mark.ms, mark.ms)) continue;
      const x = this.x(mark.ms);
      const aborted = this.data.response.outcome !== "sent" && mark.kind === "let_go";
      const word = (aborted ? "given up" : words[mark.kind]) +
        (mark.status ? " " + mark.status : "");
      const why = mark.kind === "failed" ? ": " + this.data.response.outcome : "";
      const row = ends.findIndex((end) => x > end + 8);
      const bad = mark.kind === "failed" ? " bad" : "";
      const at = y + 4 + 15 * Math.max(row, 0);
      this.put(`<g data-tip="${escapeText(word + why + "\nat " + showTime(mark.ms))}">` +
        `<circle class="mark${bad}" cx="${x.toFixed(1)}" cy="${at + 4}" r="3.5"/></g>`);
      if (row >= 0) {
        const long = word.length * 6.4 + 10;
        const flip = x + long > this.width;
        this.put(`<text class="flag${bad}" x="${(flip ? x - 8 : x + 8).toFixed(1)}" ` +
          `y="${at + 8}" ${flip ? 'text-anchor="end"' : ""}>${escapeText(word)}</text>`);
        ends[row] = flip ? x + 6 : x + long;
      }
    }
  }

  received() {
    const parts = this.data.marks.filter((mark) => mark.kind === "received");
    if (parts.length === 0) return;
    const y = this.lane("Request", "its body arrives", 38);
    const most = Math.max(...parts.map((part) => part.bytes));
    for (const part of parts) {
      if (!this.sees(part.ms, part.ms)) continue;
      const height = 4 + 18 * Math.sqrt(part.bytes / most);
      this.rect("received", this.x(part.ms) - 1.2, y + 22 - height, this.x(part.ms) + 1.2, height,
        `${showSize(part.bytes)} of the request's body\nat ${showTime(part.ms)}`, 'rx="1"');
    }
  }

  task(task, title, note, height) {
    const y = this.lane(title, note, height + 12);
    const drawSpan = (span) => {
      if (!this.sees(span.from, span.to)) return;
      const x0 = this.clip(this.x(span.from));
      const x1 = Math.max(this.clip(this.x(span.to)), x0 + (span.what === "run" ? 1.6 : 0));
      const word = spanWord(span);
      const long = showTime(span.to - span.from);
      const asked = span.asked_ms !== undefined ? `\nasked for ${showTime(span.asked_ms)}` : "";
      this.rect("span " + span.what, x0, y, x1, height,
        `${title} ${word}\n${long}, from ${showTime(span.from)}${asked}`, 'rx="2"');
      const label = `${word}, ${long}`;
      if (height > 18 && x1 - x0 > label.length * 6.3 + 8) {
        this.text("inside " + span.what, x0 + 6, y + height / 2 + 4, label);
      } else if (height > 18 && x1 - x0 > long.length * 6.3 + 8) {
        this.text("inside " + span.what, x0 + 6, y + height / 2 + 4, long);
      }
    };
    task.spans.filter((span) => span.what !== "run").forEach(drawSpan);
    let shown = -1;
    for (const span of task.spans) {
      if (span.what !== "run" || this.x(span.to) < shown + 0.4) continue;
      shown = this.x(span.to);
      drawSpan(span);
    }
    if (task.failed && this.sees(task.ended_ms, task.ended_ms)) {
      this.text("cross", this.x(task.ended_ms) + 4, y + height / 2 + 4, "\u2715 failed");
    }
  }

  tasks() {
    const handler = this.data.tasks.find((task) => task.is_handler);
    const others = this.data.tasks.filter((task) => task !== handler);
    if (handler) this.task(handler, "Handler", "runs and waits", 26);
    others.slice(0, 6).forEach((task) => this.task(task, "Task " + task.number, "", 12));
    if (others.length > 6) this.text("note", 0, this.y + 8, `and ${others.length - 6} more tasks`);
    this.y += 8;
  }

  client() {
    const y = this.lane("Client", "slow where it is striped", 46);
    const end = this.width - 12;
    this.put(`<line class="rail" x1="${this.left}" x2="${end}" y1="${y + 9}" y2="${y + 9}"/>`);
    for (const slow of this.data.slow) {
      if (!this.sees(slow.from, slow.to)) continue;
      const x0 = this.clip(this.x(slow.from)), x1 = this.clip(this.x(slow.to));
      const long = showTime(slow.to - slow.from);
      this.rect("slow", x0, y, Math.max(x1, x0 + 1.5), 18,
        `bytes wait for the socket: the client is slow\n${long}, from ${showTime(slow.from)}`,
        'rx="2"');
      const label = ["does not take all: " + long, long].find((one) =>
        x1 - x0 > one.length * 6.9 + 8);
      if (label) this.text("inside slow", x0 + 6, y + 13, label);
    }
    if (this.data.slow.length === 0) {
      this.text("note", this.left + 6, y + 24, "took everything at once");
    }
  }

  held() {
    const height = 46;
    const steps = this.data.held;
    const most = Math.max(1, ...steps.map((step) => step.bytes));
    const y = this.lane("Held", "bytes not taken yet", height + 20);
    const top = (bytes) => (y + height * (1 - bytes / most)).toFixed(1);
    let path = "", before = 0, peak = 0, from;
    steps.forEach((step, i) => {
      const x = this.clip(this.x(step.ms));
      const next = steps[i + 1];
      peak = Math.max(peak, step.bytes); // what is in one pixel is shown at its highest
      from ??= x;
      if (next && this.clip(this.x(next.ms)) - from < 0.5) return;
      const at = x.toFixed(1);
      path += `${path ? "L" : `M${at} ${y + height}L`}${at} ${top(before)}` +
        `L${at} ${top(peak)}L${at} ${top(step.bytes)}`;
      before = step.bytes;
      peak = 0;
      from = undefined;
    });
    const end = this.clip(this.x(this.data.duration_ms)).toFixed(1);
    if (path) path += `L${end} ${top(before)}L${end} ${y + height}Z`;
    this.put(`<path class="held" d="${path}" data-tip="at most ${showSize(most)}"/>`);
    this.put(`<line class="rail" x1="${this.left}" x2="${this.width - 12}" ` +
      `y1="${y + height}" y2="${y + height}"/>`);
    if (this.left > 100) this.text("size end", this.left - 10, y + 8, showSize(most));
    const line = this.data.high_water;
    if (line && line <= most) {
      this.put(`<line class="limit" x1="${this.left}" x2="${this.width - 12}" ` +
        `y1="${top(line)}" y2="${top(line)}" data-tip="the high-water mark, ` +
        `${showSize(line)}: above it a writer waits"/>`);
    }
  }

  operations() {
    const MOST = 30;
    const rows = [];
    let left = 0;
    const y = this.lane("Operations", "from the call to the handler", 0);
    for (const operation of this.data.operations) {
      const steps = [["way", operation.accepted_ms, operation.passed_ms],
        ["kernel", operation.passed_ms, operation.completed_ms],
        ["back", operation.completed_ms, operation.resumed_ms]];
      const over = operation.resumed_ms ?? operation.completed_ms ?? this.data.duration_ms;
      if (!this.sees(operation.accepted_ms, over)) continue;
      const x0 = this.x(operation.accepted_ms), x1 = Math.max(this.x(over), x0 + 2);
      const name = `${operation.kind} ${operation.id}`;
      let row = rows.findIndex((end) => end < x0 - 1);
      if (row < 0 && rows.length < MOST) row = rows.length;
      if (row < 0) { left++; continue; }
      rows[row] = x1;
      const tip = `${name}: ${operation.status}, ${showSize(operation.bytes)}` +
        `\naccepted ${showTime(operation.accepted_ms)}` +
        (operation.passed_ms === undefined ? ""
          : `\nleft the stages ${showTime(operation.passed_ms)}`) +
        (operation.completed_ms === undefined ? "\nis under way"
          : `\ncompleted ${showTime(operation.completed_ms)}`) +
        (operation.resumed_ms === undefined ? ""
          : `\nthe handler went on ${showTime(operation.resumed_ms)}`);
      const at = y + row * 14 + 4;
      const bad = operation.completed_ms !== undefined && operation.status !== "ok";
      this.rect("op" + (bad ? " bad" : ""), this.clip(x0), at, this.clip(x1), 10, tip, 'rx="2"');
      for (const [kind, from, to] of steps) {
        if (from === undefined || to === undefined || !this.sees(from, to)) continue;
        this.rect("step " + kind, this.clip(this.x(from)), at, this.clip(this.x(to)), 10, tip);
      }
      if (this.clip(x1) - this.clip(x0) > name.length * 6.2 + 10) {
        this.text("inside op-name", this.clip(x0) + 5, at + 9, name);
      } else if (this.clip(x1) + name.length * 6 + 8 < this.width) {
        const free = !this.data.operations.some((other) => other !== operation &&
          this.x(other.accepted_ms) > x0 &&
          this.x(other.accepted_ms) < x1 + name.length * 6 + 10);
        if (free) {
          this.text("note", this.clip(x1) + 5, at + 9, name);
          rows[row] = x1 + name.length * 6 + 8;
        }
      }
    }
    this.y = Math.max(this.y + rows.length * 14, y + 34);
    if (rows.length === 0) this.text("note", this.left + 6, y + 13, "none: sync writes only");
    if (left > 0) {
      this.y += 14;
      this.text("note", this.left + 6, this.y, `and ${left} more: zoom in to see them`);
    }
  }

  gap() {
    const gap = this.data.gap;
    if (!gap || !gap.dropped || !this.sees(gap.from_ms, gap.to_ms)) return;
    const x0 = this.clip(this.x(gap.from_ms)), x1 = this.clip(this.x(gap.to_ms));
    this.rect("gap", x0, 22, x1, this.y - 22, `${showCount(gap.dropped, "moment")} between ` +
      `${showTime(gap.from_ms)} and ${showTime(gap.to_ms)} were dropped`);
  }

  draw() {
    this.axis();
    this.marks();
    this.received();
    this.tasks();
    this.flow();
    this.client();
    this.held();
    this.operations();
    this.gap();
    this.y += 10;
    this.grid();
    return `<svg viewBox="0 0 ${this.width} ${this.y}" width="${this.width}" ` +
      `height="${this.y}" role="img" aria-label="The life of the response">` +
      `<defs><pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" ` +
      `patternTransform="rotate(45)"><rect width="7" height="7" class="stripe-back"/>` +
      `<rect width="3" height="7" class="stripe"/></pattern><clipPath id="inside">` +
      `<rect x="${this.left - 6}" y="0" width="${this.width - this.left + 6}" ` +
      `height="${this.y}"/></clipPath></defs>` + this.parts.join("") + `</svg>`;
  }
}
]==]

return draw
