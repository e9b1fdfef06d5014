// The workloads of the benchmark for Node's http module.
"use strict";

const fs = require("fs");
const http = require("http");

const HOUR = 3600 * 1000;
const chunk = "x".repeat(1024);
const block = "x".repeat(64 * 1024);
const event = `data: ${"x".repeat(92)}\n\n`;
const text = { "Content-Type": "text/plain" };

// Resolves when the kernel, or Node's own buffer, has taken the bytes.
function written(response, data) {
  return new Promise((resolve) => response.write(data, resolve));
}

function flushed(count) {
  return async (_, response) => {
    response.writeHead(200, text);
    for (let i = 0; i < count; i++) {
      await written(response, chunk);
    }
    response.end();
  };
}

function unflushed(count, data) {
  return (_, response) => {
    response.writeHead(200, text);
    for (let i = 0; i < count; i++) {
      response.write(data);
    }
    response.end();
  };
}

async function collected(_, response) {
  response.writeHead(200, text);
  const writes = [];
  for (let i = 0; i < 100; i++) {
    writes.push(written(response, chunk));
  }
  await Promise.all(writes);
  response.end();
}

function file(name) {
  const path = `${process.env.BENCH_WWW}/${name}`;
  return (_, response) => {
    fs.stat(path, (_, { size }) => {
      response.writeHead(200, { "Content-Length": size });
      fs.createReadStream(path).pipe(response);
    });
  };
}

function echo(request, response) {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    response.writeHead(200, text);
    response.end(Buffer.concat(pieces));
  });
}

function events(_, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(event);
  const timer = setInterval(() => response.write(event), 1000);
  response.on("close", () => clearInterval(timer));
}

function json(_, response) {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify({
      id: 7,
      name: "Sluice",
      tags: ["fast", "small", "lua"],
      ratio: 0.5,
      stable: true,
    }),
  );
}

const middlewares = [
  (_, response, next) => {
    response.setHeader("X-Frame-Options", "DENY");
    next();
  },
  (_, response, next) => {
    response.setHeader("X-Content-Type-Options", "nosniff");
    next();
  },
];

function post(request, response) {
  const [, user, name] = /^\/users\/([^/]+)\/posts\/([^/]+)$/.exec(request.url);
  const run = (i) => {
    if (i < middlewares.length) {
      middlewares[i](request, response, () => run(i + 1));
      return;
    }
    response.writeHead(200, { ...text, "Cache-Control": "no-store", "X-User": user });
    response.end(`user ${user}, post ${name}\n`);
  };
  run(0);
}

function hello(_, response) {
  response.writeHead(200, text);
  response.end("Hello, world!");
}

const routes = new Map([
  ["/", hello],
  ["/flushed", flushed(100)],
  ["/collected", collected],
  ["/chunks", unflushed(100, chunk)],
  ["/file/1m", file("1m")],
  ["/file/64m", file("64m")],
  ["/echo", echo],
  ["/events", events],
  ["/big", unflushed(4096, block)],
  ["/lines", unflushed(1000000, "a line of 20 bytes.\n")],
  ["/json", json],
]);

const server = http.createServer((request, response) => {
  (routes.get(request.url) || post)(request, response);
});
server.keepAliveTimeout = HOUR;
server.requestTimeout = 0;
server.listen({ host: "127.0.0.1", port: process.env.BENCH_PORT, backlog: 4096 });
