"""Writes AWS's managed policies into the package: `ship_aws_policies.py policies.jsonl`, see `make aws-policies`."""

import json
import sys
from pathlib import Path

import doorward_directory
from doorward_directory.shipped import DATA, pack


def main() -> None:
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    data = pack(json.loads(line) for line in lines)
    target = Path(doorward_directory.__path__[0]) / DATA
    target.write_bytes(data)
    sys.stdout.write(f"{target.name}: {len(lines)} policies, {len(data):,} bytes\n")


main()
