"""The workloads: one line each, and what a right answer is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str
    kind: str = "load"  # how it is measured: a function of measure.py
    request: str = "plain"  # what wrk sends: a function of wrk.lua
    connections: int = 64
    unit_bytes: int = 0  # count answers by these bytes, not by their ends
    # Peers that do the same work under another path.
    paths: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()  # peers that it is measured with; empty: all


FEW = ("sluice", "nginx", "epoll")

WORKLOADS = [
    Workload("W1", "hello: 13 bytes, keep-alive, 64 connections", "/"),
    Workload("W2", "hello, pipelined 16 deep", "/", request="pipelined"),
    Workload("W3a", "100 chunks of 1 KiB, each flushed, each flush awaited", "/flushed"),
    Workload(
        "W3b",
        "100 chunks of 1 KiB, each flushed, completions collected at the end",
        "/collected",
        paths={"nginx": "/flushed"},
    ),
    Workload("W4", "100 chunks of 1 KiB, not flushed", "/chunks"),
    Workload(
        "W4t",
        "the same; nginx prints one table instead of 100 strings",
        "/chunks",
        paths={"nginx": "/table"},
        only=FEW,
    ),
]
