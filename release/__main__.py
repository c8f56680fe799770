"""The `release` command, and `python -m release`.

An answer that was given before is given again from here, before anything else is imported.
"""

from __future__ import annotations

import gc
import sys

from release import cache, kept


def main() -> None:
    """Run the command and leave the process with its exit status."""
    # what a command makes of a history is needed to its end: looking for garbage all the time finds little
    gc.set_threshold(100_000, 20, 20)
    arguments = sys.argv[1:]
    folder = cache.cache_folder()
    key = kept.key_of(arguments) if folder else None
    if folder is None or key is None:
        from release.cli import run

        sys.exit(run(arguments))
    answer = kept.recall(folder, key)
    if answer is None:
        answer = _worked_out(arguments, folder, key)
    else:
        sys.stdout.write(answer.text)
    sys.exit(answer.status)


def _worked_out(arguments: list[str], folder: str, key: str) -> kept.Answer:
    from release.inputs import watched

    with watched(folder) as inputs:
        from release.cli import run

        status = run(arguments)
    answer = kept.Answer(inputs.answer or "", status)
    if inputs.answer is not None:
        kept.keep(folder, key, answer, inputs)
    return answer


if __name__ == "__main__":
    main()
