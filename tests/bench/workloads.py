"""The workloads: how each is asked for, and how it is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KIB, MIB = 1 << 10, 1 << 20

# What the figures of growth are compared with; other peers would only take time.
FEW = ("sluice", "nginx", "epoll")


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str = "/"
    kind: str = "load"  # how it is measured: a class of measure.py or held.py
    request: str = "plain"  # what wrk sends: a function of wrk.lua
    connections: int = 64
    answer_bytes: int = 0  # count answers by their bytes: few of them end in time
    paths: Mapping[str, str] = field(default_factory=dict)  # of peers that differ
    only: tuple[str, ...] = ()  # the peers to measure; empty: all


WORKLOADS = [
    Workload("W1", "hello: 13 bytes, keep-alive, 64 connections"),
    Workload("W2", "hello, pipelined 16 deep", request="pipelined"),
    Workload(
        "W3a",
        "100 chunks of 1 KiB, each flushed, each flush awaited",
        "/flushed",
        answer_bytes=100 * KIB,
    ),
    Workload(
        "W3b",
        "100 chunks of 1 KiB, each flushed, completions collected at the end",
        "/collected",
        paths={"nginx": "/flushed"},
        answer_bytes=100 * KIB,
    ),
    Workload("W4", "100 chunks of 1 KiB, not flushed", "/chunks"),
    Workload(
        "W4t",
        "the same, but nginx prints one table",
        "/chunks",
        paths={"nginx": "/table"},
        only=FEW,
    ),
    Workload("W5s", "a file of 1 MiB", "/file/1m", connections=16, answer_bytes=MIB),
    Workload("W5l", "a file of 64 MiB", "/file/64m", connections=4, answer_bytes=64 * MIB),
    Workload("W6", "echo of a body of 64 KiB", "/echo", request="echo"),
    Workload(
        "W7",
        "5,000 event streams, 100 bytes a second each",
        "/events",
        kind="streams",
        connections=5000,
    ),
    Workload("W8", "10,000 idle keep-alive connections", kind="idle", connections=10000),
    Workload("W9", "256 MiB to a client that reads 1 MB/s", "/big", kind="slow"),
    Workload("W10", "hello, one request per connection", request="close", paths={"epoll": "/close"}),
    Workload("W11", "one response of 1,000,000 one-line writes", "/lines", kind="lines"),
    Workload("W12", "JSON of a small table", "/json"),
    Workload("W13", "a route with parameters, two middlewares, five headers", "/users/42/posts/hello"),
    Workload("W14", "latency of hello at half of nginx's throughput", kind="paced"),
    Workload(
        "W15", "a text of 64 KiB, by gzip at level 6", "/text", request="gzip", only=("sluice", "nginx")
    ),
    Workload(
        "W16",
        "the same as 64 chunks of 1 KiB, each flushed",
        "/text/flushed",
        request="gzip",
        only=("sluice", "nginx"),
    ),
    Workload("G1", "hello, 1 connection", kind="closed", connections=1, only=FEW),
    Workload("G64", "hello, 64 connections", kind="closed", only=FEW),
    Workload("G10k", "hello, 10,000 connections", kind="closed", connections=10000, only=FEW),
    *(
        Workload(
            f"{name}{count}",
            f"{count:,} chunks of 1 KiB, {how}",
            f"{path}/{count}",
            connections=16,
            only=("sluice", "epoll"),
        )
        for name, path, how in (
            ("C", "/chunks", "not flushed"),
            ("F", "/flushed", "each flush awaited"),
        )
        for count in (10, 100, 1000)
    ),
]
