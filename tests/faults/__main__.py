"""Plants over a thousand faults in the shipped example and says how many were found: `python -m tests.faults`."""

import argparse
import sys
import tempfile
from pathlib import Path

from .example import FORMS
from .judge import Judge, Tally
from .plant import KINDS, Planter, draw, together


def main() -> int:
    """Plant faults one a run and hundreds a run, in every form; print recall and precision."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--each", type=int, default=6, help="faults of each kind and form, one a run (default 6)")
    parser.add_argument(
        "--many", type=int, default=250, help="faults of all kinds in one run, for each form (default 250)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--form", choices=FORMS, action="append", help="only this form of files")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="only this kind of fault")
    asked = parser.parse_args()
    whole = Tally()
    forms = asked.form or FORMS
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            judge, planter, tally = Judge(form, Path(folder) / form), Planter(form, asked.seed), Tally()
            for name in asked.kind or KINDS:
                for fault in draw(planter, name, asked.each):
                    tally.run(judge, [fault])
            if asked.many and not asked.kind:
                for _ in range(3):
                    tally.run(judge, together(planter, asked.many))
            print(tally.sentence([form]), flush=True)
            whole.add(tally)
    for word, listed in (("missed", whole.missed), ("other", whole.other)):
        for kind, item in listed:
            print(f"  {word}: {item} after {kind}")
    if len(forms) > 1:
        print(whole.sentence(forms))
    for name, number in sorted(whole.planted.items()):
        print(f"  {number:5,}  {name}")
    return 0 if whole.clean else 1


if __name__ == "__main__":
    sys.exit(main())
