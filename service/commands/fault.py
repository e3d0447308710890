"""What a command says when it cannot be done.

Light on purpose: `huiqi serve` loads it and little else.
"""


class Fault(Exception):
    """A command is refused or has failed; each argument is a line, with file or pointer."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said, a line for each fault."""
        return tuple(str(line) for line in self.args if str(line))
