"""`python3.11 -m doctor`: checks only the machine, before anything of the project is installed."""

import sys

from doctor.check import as_json, ready, table
from doctor.machine import Host, machine
from terminal.answer import answer

checks = machine(Host())
if "--json" in sys.argv[1:]:
    answer("doctor", as_json(checks))
else:
    sys.stdout.write(table(checks, colours=sys.stdout.isatty()) + "\n")
sys.exit(0 if ready(checks) else 1)
