"""What programs that are linked with libsluice rely on, as text: its symbols
with their versions, the functions, the numbers, and how structs are laid out.

    abi.py <folder of headers> <library>

prints it. Layouts are what the compiler says of the headers; a program that
prints them is made and run.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE_S = 120


def run(*command, text=""):
    return subprocess.run(
        [*map(str, command)], input=text, check=True, stdout=subprocess.PIPE,
        text=True, timeout=PATIENCE_S).stdout


def compiler():
    return os.environ.get("CC", "cc")


def includes(headers):
    return "".join(f"#include <sluice/{path.name}>\n"
                   for path in sorted((headers / "sluice").glob("*.h")))


def declarations(headers):
    """All that the headers declare, one declaration per item, blanks folded.
    SL_CDEF leaves out the system's headers."""
    text = run(compiler(), "-std=c11", "-E", "-P", "-DSL_CDEF", f"-I{headers}",
               "-x", "c", "-", text=includes(headers))
    text = re.sub(r"\s+", " ", text).replace("( ", "(")
    found, depth, item = [], 0, ""
    for char in text:
        depth += (char == "{") - (char == "}")
        if char == ";" and depth == 0:
            found.append(item.strip())
            item = ""
        else:
            item += char
    assert not item.strip(), f"not a declaration: {item}"
    return found


def field_name(field):
    """The name that `const char *name[4]` or `int (*name)(void)` declares."""
    pointer = re.search(r"\(\*(\w+)\)\(", field)
    return pointer[1] if pointer else re.search(r"(\w+)(?:\[[^]]*\])*$", field)[1]


def probes(items):
    """Lines of C that print numbers and layouts."""
    for item in items:
        inside = re.search(r"\{(.*)\}", item)
        if inside and "enum" in item.split("{")[0]:
            for name in re.findall(r"(\w+)(?: ?=[^,]*)?(?:,|$)", inside[1].strip()):
                yield f'printf("number {name} %lld\\n", (long long){name});'
        elif inside:
            kind = re.search(r"\} ?(\w+)$", item)
            kind = kind[1] if kind else item.split("{")[0].strip()
            yield f'printf("struct {kind} %zu bytes\\n", sizeof({kind}));'
            for field in filter(None, map(str.strip, inside[1].split(";"))):
                name = field_name(field)
                yield (f'printf("struct {kind} {name} at %zu, %zu bytes: %s\\n", '
                       f'offsetof({kind}, {name}), '
                       f'sizeof((({kind} *)0)->{name}), "{field}");')


def layouts(headers, items):
    program = (includes(headers) + "#include <stdio.h>\nint main(void)\n{\n"
               + "\n".join(probes(items)) + "\nreturn 0;\n}\n")
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "probe"
        run(compiler(), "-std=c11", f"-I{headers}", "-x", "c", "-o", binary, "-",
            text=program)
        return run(binary).splitlines()


def symbols(library):
    """Names with versions, as the dynamic linker sees them."""
    for line in run("nm", "-D", "--defined-only", "--with-symbol-versions",
                    library).splitlines():
        _, kind, name = line.split()
        if kind != "A":
            yield f"symbol {name} {'function' if kind == 'T' else kind}"


def describe(headers, library):
    items = declarations(headers)
    plain = [item for item in items if "{" not in item]
    lines = [*symbols(library), *layouts(headers, items),
             *(f"declared {item}" for item in plain)]
    return "".join(f"{line}\n" for line in sorted(set(lines)))


if __name__ == "__main__":
    sys.stdout.write(describe(Path(sys.argv[1]), Path(sys.argv[2])))
