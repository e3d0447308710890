"""Decoded values as YAML that an officer can read and `policies.yaml_reading` reads back as the same.

Text that could be taken for anything else is quoted; numbers stay exact.
"""

import re
from decimal import Decimal
from typing import Any

import yaml

_WIDTH = 100
# Plain, these begin what YAML 1.2 may read as a number, though PyYAML's own rules (1.1) would not.
_LIKE_A_NUMBER = re.compile(r"[-+.0-9]")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _LIKE_A_NUMBER.match(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", str(value))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _number)


def to_yaml(value: Any) -> str:
    """The value as one YAML document; members keep their order."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)
