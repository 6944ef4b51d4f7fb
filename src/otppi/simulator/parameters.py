"""The settings a client changes by AT commands, as they are after power-on. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field

REGISTERS = {0: 0, 3: 13, 4: 10, 5: 8, 6: 2, 7: 60, 8: 2, 10: 14, 12: 50}
"""S-registers with a default; others are tolerated and remembered (V.250 5.2, 6.3)."""


@dataclass(slots=True)
class Parameters:
    """Defaults are those of V.250, 3GPP TS 27.005 and 27.007 where they name one."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    registers: dict[int, int] = field(default_factory=lambda: dict(REGISTERS))
    numbers: dict[str, int] = field(default_factory=dict)
    """Values of the plain numeric parameters, by command name; absent = default of the table."""
    charset: str = "GSM"
    smsc: str = ""
    csmp: tuple[int, int, int, int] = (17, 167, 0, 0)
    cnmi: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    memories: tuple[str, str, str] = ("SM", "SM", "SM")
    cops_format: int = 0

    @property
    def cmee(self) -> int:
        """+CMEE (3GPP TS 27.007 9.1)."""
        return self.numbers.get("+CMEE", 0)

    @property
    def text_mode(self) -> bool:
        """+CMGF (3GPP TS 27.005 3.2.3)."""
        return self.numbers.get("+CMGF", 0) == 1

    @property
    def acknowledges(self) -> bool:
        """+CSMS=1: directly routed messages want +CNMA (3GPP TS 27.005 3.2.1)."""
        return self.numbers.get("+CSMS", 0) == 1
