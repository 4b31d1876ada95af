"""Run a command and say what it took, from a process so small that its own memory is not taken for the command's."""

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    """Run the command given as arguments; a last line says seconds, processor seconds and most memory in MB."""
    started = time.perf_counter()
    subprocess.run(sys.argv[1:], check=True)  # noqa: S603 the bench's own commands
    seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))


if __name__ == "__main__":
    main()
