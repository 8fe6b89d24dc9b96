"""Runs typst in a process of its own: reads JSON on its input, writes a PDF on its output.

Run by its path, with nothing of the program around it: neither its modules, nor its environment, nor more memory and
time than its arguments say.
"""

import resource
import sys
from pathlib import Path

import typst


def main(form: str, megabytes: str, seconds: str) -> None:
    """form: the path of a template, whose folder is all that it may read."""
    memory, time = int(megabytes) << 20, int(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (time, time))
    pdf = typst.compile(
        Path(form),
        root=Path(form).parent,
        ignore_system_fonts=True,
        pdf_standards=["a-2b"],
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
