"""The servers that are measured, and how each is started.

What is in @ signs is filled in for each start: PORT, PEERS (the folder with the
configurations), RUN (a folder of this start), WWW (the files of W5), DESCRIPTORS,
USER. A configuration is filled in too, and is @RUN@/config then.
"""

import dataclasses
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workloads import Workload


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    command: tuple[str, ...]
    version: tuple[str, ...]  # a command that prints it; empty: it has none
    config: str = ""
    # How many connections it takes, as a part of its descriptors.
    per_descriptor: float = 1
    # Files of its packages without which it is no peer.
    needs: tuple[str, ...] = ()
    # Workloads that it cannot do, and why.
    cannot: Mapping[str, str] = field(default_factory=dict)

    def is_installed(self) -> bool:
        program = self.command[0]
        if not program.startswith("@BUILD@") and shutil.which(program) is None:
            return False
        return all(Path(name).exists() for name in self.needs)

    def does(self, workload: Workload) -> bool:
        """Whether it is measured with this workload."""
        if workload.only and not self.name.startswith(workload.only):
            return False
        return workload.name not in self.cannot


SLUICE = Peer(
    "sluice",
    "Sluice",
    ("", "serve", "@PEERS@/sluice.lua", "--listen", "127.0.0.1:@PORT@"),
    ("", "version"),
)
ONE_PROCESS = ("--workers", "0")

NO_FLUSH = "cannot: its handlers do not flush"
WHOLE = "cannot: its handlers make whole answers"

OTHERS = [
    Peer(
        "nginx",
        "nginx + Lua",
        ("nginx", "-c", "@RUN@/config"),
        ("nginx", "-v"),
        config="nginx.conf",
        needs=("/usr/share/nginx/modules/ngx_http_lua_module.so",),
    ),
    Peer(
        "haproxy",
        "HAProxy + Lua",
        ("haproxy", "-db", "-f", "@RUN@/config"),
        ("haproxy", "-v"),
        config="haproxy.cfg",
        cannot={
            "W3a": NO_FLUSH,
            "W3b": NO_FLUSH,
            "W5s": "cannot: its services have no files",
            "W5l": "cannot: its services have no files",
        },
    ),
    Peer(
        "lighttpd",
        "lighttpd + Lua",
        ("lighttpd", "-D", "-f", "@RUN@/config"),
        ("lighttpd", "-v"),
        config="lighttpd.conf",
        needs=("/usr/lib/lighttpd/mod_magnet.so",),
        per_descriptor=0.49,
        cannot={"W3a": NO_FLUSH, "W3b": NO_FLUSH, "W7": WHOLE, "W12": "cannot: it has no JSON"},
    ),
    Peer(
        "h2o",
        "h2o + mruby",
        ("h2o", "-c", "@RUN@/config"),
        ("h2o", "--version"),
        config="h2o.conf",
        cannot={"W3a": NO_FLUSH, "W3b": NO_FLUSH, "W7": "cannot: its handlers do not sleep"},
    ),
    Peer("node", "Node.js", ("node", "@PEERS@/node.js"), ("node", "--version")),
    Peer("epoll", "C over epoll", ("@BUILD@/epoll", "@PORT@", "@WWW@"), ()),
]


def sluice(binary: str, number: int) -> Peer:
    """A build of Sluice; the first is `sluice`, then come `sluice2`, ..."""
    suffix = str(number) if number > 1 else ""
    # Builds from before it had a supervisor can be compared, too.
    known = subprocess.run([binary, "help", "settings"], capture_output=True, check=True).stdout
    flags = ONE_PROCESS if b"workers" in known else ()
    return dataclasses.replace(
        SLUICE,
        name=SLUICE.name + suffix,
        title=f"{SLUICE.title} {suffix}".strip(),
        command=(binary, *SLUICE.command[1:], *flags),
        version=(binary, *SLUICE.version[1:]),
    )
