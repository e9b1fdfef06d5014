--- The middle of the drawing of a response: which chunks became which sends.

local flow = {}

flow.script = [==[
// Runs of chunks that went the same way.
function groupChunks(chunks) {
  const groups = [];
  for (const chunk of chunks) {
    const last = groups[groups.length - 1];
    if (last && last.send === chunk.send && last.first === chunk.first_send &&
        last.passed === chunk.passed_ms && last.dropped === chunk.is_dropped) {
      last.to = chunk.ms;
      last.bytes += chunk.bytes;
      last.count++;
    } else {
      groups.push({ from: chunk.ms, to: chunk.ms, send: chunk.send, first: chunk.first_send,
        passed: chunk.passed_ms, bytes: chunk.bytes, count: 1, number: chunk.number,
        dropped: chunk.is_dropped });
    }
  }
  return groups;
}

class Flow extends Canvas {
  chunkMarks(y) {
    const seen = new Map(); // of those in one pixel the largest
    for (const chunk of this.data.chunks) {
      const pixel = Math.round(this.x(chunk.ms));
      if (this.sees(chunk.ms, chunk.ms) && !(seen.get(pixel)?.bytes >= chunk.bytes)) {
        seen.set(pixel, chunk);
      }
    }
    for (const chunk of seen.values()) {
      const x = this.x(chunk.ms);
      const height = 5 + 2.4 * Math.log2(1 + chunk.bytes / 16);
      const sent = chunk.send ? `left with send ${chunk.send}` : chunk.is_dropped
        ? "was dropped" : "has not left";
      this.rect("chunk " + chunk.kind, x - 0.8, y - Math.min(height, 34), x + 0.8,
        Math.min(height, 34), `chunk ${chunk.number}: ${showSize(chunk.bytes)}, ${chunk.kind}` +
        `\naccepted at ${showTime(chunk.ms)}, ${sent}`, `data-send="${chunk.send || ""}"`);
    }
  }

  ribbon(group, yA, yB, yC) {
    const end = this.sendAt.get(group.send);
    const first = this.sendAt.get(group.first);
    const last = end ?? first ?? group.passed ?? group.to;
    if (!this.sees(group.from, last)) return;
    const wide = (from, to) => [this.x(from) - 0.9, Math.max(this.x(to), this.x(from)) + 0.9];
    const [a0, a1] = wide(group.from, group.to);
    const steps = [[yA, a0, a1]];
    if (group.passed !== undefined) steps.push([yB, ...wide(group.passed, group.passed)]);
    if (first !== undefined) steps.push([yC, ...wide(first, end ?? first)]);
    const curve = (x0, y0, x1, y1) => {
      const half = ((y0 + y1) / 2).toFixed(1);
      return `C${x0.toFixed(1)} ${half} ${x1.toFixed(1)} ${half} ${x1.toFixed(1)} ${y1}`;
    };
    let path = `M${a0.toFixed(1)} ${yA}`;
    for (let i = 1; i < steps.length; i++) {
      path += curve(steps[i - 1][1], steps[i - 1][0], steps[i][1], steps[i][0]);
    }
    const bottom = steps[steps.length - 1];
    path += `L${bottom[2].toFixed(1)} ${bottom[0]}`;
    for (let i = steps.length - 1; i > 0; i--) {
      path += curve(steps[i][2], steps[i][0], steps[i - 1][2], steps[i - 1][0]);
    }
    const tip = `${group.count === 1 ? "chunk " + group.number
      : `chunks ${group.number} to ${group.number + group.count - 1}`}, ` +
      `${showSize(group.bytes)}\n` + (end === undefined ? "not (all) sent"
      : group.first !== group.send ? `sends ${group.first} to ${group.send}`
      : `send ${group.send}, ${showTime(end - group.from)} after the first was accepted`);
    this.put(`<path class="ribbon c${(group.send || 0) % 6}" d="${path}Z" ` +
      `data-send="${group.send || ""}" data-tip="${escapeText(tip)}"/>`);
  }

  sends(y) {
    const most = Math.max(1, ...this.data.sends.map((send) => send.bytes));
    let shown = -1, labelled = -1e9;
    for (const send of this.data.sends) {
      if (!this.sees(send.ms, send.ms)) continue;
      const x = this.x(send.ms);
      const height = 5 + 29 * Math.sqrt(send.bytes / most);
      const label = showSize(send.bytes);
      const next = this.data.sends.find((one) => one.ms > send.ms);
      const room = (next ? Math.min(this.x(next.ms), this.width) : this.width) - x;
      const flip = !next && room < label.length * 6.4 + 8;
      if (x > labelled + 8 && (flip || room > label.length * 6.4 + 8)) {
        this.put(`<text class="size" x="${(flip ? x - 5 : x + 5).toFixed(1)}" y="${y + 12}" ` +
          `${flip ? 'text-anchor="end"' : ""}>${label}</text>`);
        labelled = x + label.length * 6.4;
      }
      if (x < shown + 0.7) continue;
      shown = x;
      this.rect(`send c${send.number % 6}${send.is_partial ? " partial" : ""}`, x - 1.6, y,
        x + 1.6, height, `send ${send.number}: the kernel took ${showSize(send.bytes)}` +
        `\nat ${showTime(send.ms)}; of the body ${showSize(send.body_to - send.body_from)}` +
        (send.is_partial ? "\nmore was there" : ""),
        `rx="1.5" data-send="${send.number}"`);
    }
  }

  flow() {
    this.y += 18;
    const yA = this.lane("Chunks", "accepted from the handler", 62) + 14;
    const stages = this.data.stages;
    const yB = this.lane("Stages", stages.length ? "behind " + stages.join(", ") : "none here", 62)
      + 14;
    const yC = this.lane("Sends", "taken by the kernel", 58) + 14;
    const end = this.width - 12;
    for (const y of [yA, yB, yC]) {
      this.put(`<line class="rail" x1="${this.left}" x2="${end}" y1="${y}" y2="${y}"/>`);
    }
    groupChunks(this.data.chunks).forEach((group) => this.ribbon(group, yA, yB, yC));
    this.chunkMarks(yA);
    for (const operation of this.data.operations) {
      const ms = operation.passed_ms;
      if (operation.kind === "read" || ms === undefined || !this.sees(ms, ms)) continue;
      this.put(`<circle class="dot" cx="${this.x(ms).toFixed(1)}" cy="${yB}" r="2.2" data-tip="` +
        `${operation.kind} ${operation.id} left the stages\nat ${showTime(ms)}"/>`);
    }
    this.sends(yC);
  }
}
]==]

return flow
