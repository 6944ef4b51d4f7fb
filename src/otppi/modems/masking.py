"""Masks what a modem and its host said to each other, before anybody else sees it. Pure: talk in, talk out.

Everything keeps its length, so that times and chunks of the talk still fit. What stays: commands, results, figures,
makers, models and firmware, operators (they are public), and runs of fewer than six digits. What goes: identities,
telephone numbers, places, PINs, texts and PDUs, and every longer run of digits that nobody here can explain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otppi.at.results import read_final
from otppi.at.urc import KNOWN, is_hex, recognise
from otppi.modems.pdu_masking import mask_pdu
from otppi.modems.stand_ins import SHORTEST, Secrecy, StandIns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the host said, with its end (CR, Ctrl-Z or ESC), and all that came until the next.

    `host` is empty for what came before the first. Octets as characters (latin-1).
    """

    host: str = field(repr=False)
    modem: str = field(repr=False)


_IDENTITIES: Final[tuple[tuple[re.Pattern[str], Secrecy, re.Pattern[str]], ...]] = (
    (re.compile(r"AT\+C?GSN\b.*", re.I), Secrecy.IMEI, re.compile(r"\b\d{14,17}\b")),
    (re.compile(r"AT\+CIMI\b.*", re.I), Secrecy.IMSI, re.compile(r"\b\d{14,15}\b")),
    (re.compile(r"AT[+^%]?Q?I?CCID\b.*", re.I), Secrecy.ICCID, re.compile(r"(?<!\d)\d{18,20}(?!\d)")),
)
"""The command, what it asks for, and what that looks like."""
_PUBLIC: Final = re.compile(r"AT\+C?GM[IMR]\b.*|AT\+COPS\b.*", re.I)
"""Commands whose answers are public: maker, model, firmware, operator."""
_PUBLIC_LINE: Final = re.compile(r"\+CGM[IMR]:|\+COPS:|[A-Za-z0-9]")
"""How an answer to them begins; what slipped in between begins otherwise."""
_PUBLIC_DIGITS: Final = 13
"""A longer run in a public answer is no firmware but an identity."""
_PIN: Final = re.compile(r"AT\+C(?:PIN|PWD|LCK)=.*", re.I)
_PLACE: Final = re.compile(r"\+C(?:5G|G|E)?REG:")
_CELL: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{3,}(?![0-9A-Za-z])")
_PERSONAL: Final = re.compile(r"\+(?:CNUM|CLIP|CCWA|COLP|CNAP|CPBR|CPBF|CUSD|CMT|CMGL|CMGR|CLCC|CDIP):")
_QUOTED: Final = re.compile(r'"([^"]*)"')
_DIALLED: Final = re.compile(r"\+?[0-9*#]*")
_HEADER: Final = re.compile(r"\+(?:CMT|CDS|CBM|CMGR|CMGL):.*")
_LONGEST_PLAIN_HEX: Final = 20
_RUN: Final = re.compile(rf"[0-9]{{{SHORTEST},}}")
_LINES: Final = re.compile(r"([\r\n\0\x1a\x1b]+)")


def mask(talk: Iterable[Said]) -> tuple[tuple[Said, ...], Mapping[str, int]]:
    """The talk without anything private, and how many things of each kind were masked."""
    heard, stand_ins = tuple(talk), StandIns()
    for said in heard:
        _learn(said, stand_ins)
    mask_of = _Mask(stand_ins)
    return tuple(mask_of.said(each) for each in heard), stand_ins.counts


def _learn(said: Said, stand_ins: StandIns) -> None:
    """Identities are known by the command that asked for them; the answer may come up anywhere again."""
    for command, kind, shape in _IDENTITIES:
        if command.match(said.host):
            for digits in shape.findall(said.modem):
                stand_ins.learn(digits, kind)


class _Mask:
    """Goes through a talk in order: a header tells what the next line is, also over the end of an exchange."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._content_follows = False
        self._public = False

    def said(self, said: Said) -> Said:
        """One exchange."""
        command = said.host.rstrip("\r\x1a\x1b")
        self._public = _PUBLIC.fullmatch(command) is not None
        pieces = _LINES.split(said.modem)
        answer = "".join(piece if place % 2 else self._line(piece) for place, piece in enumerate(pieces))
        return Said(self._host(command) + said.host[len(command) :], answer)

    def _host(self, command: str) -> str:
        if is_hex(command) and len(command) > _LONGEST_PLAIN_HEX:
            return mask_pdu(command, self._stand_ins)
        if _PIN.fullmatch(command):
            return self._secret(command)
        return self._runs(command)

    def _line(self, line: str) -> str:
        if not line:
            return line
        if self._content_follows and not self._is_news(line):
            self._content_follows = False
            return self._content(line)
        self._content_follows = self._content_follows or _HEADER.fullmatch(line) is not None
        return self._by_shape(line)

    def _is_news(self, line: str) -> bool:
        """Whether a line slipped between a header and its content."""
        return recognise(line, KNOWN) is not None or read_final(line) is not None

    def _by_shape(self, line: str) -> str:
        if _PIN.fullmatch(line):
            return self._secret(line)
        if is_hex(line) and len(line) > _LONGEST_PLAIN_HEX:
            return mask_pdu(line, self._stand_ins)
        if _PLACE.match(line):
            return _CELL.sub(lambda found: self._stand_ins.cell(found[0]), line)
        masked = self._runs(line)
        return _QUOTED.sub(self._quoted, masked) if _PERSONAL.match(line) else masked

    def _content(self, line: str) -> str:
        return mask_pdu(line, self._stand_ins) if is_hex(line) else self._text(line)

    def _quoted(self, found: re.Match[str]) -> str:
        return found[0] if _DIALLED.fullmatch(found[1]) else f'"{self._text(found[1])}"'

    def _text(self, text: str) -> str:
        """Zeros are digits, letters and hex at once: whatever the text was, its place still holds one."""
        if text:
            self._stand_ins.count(Secrecy.TEXT)
        return re.sub(r"[^\W_]", "0", text)

    def _secret(self, command: str) -> str:
        self._stand_ins.count(Secrecy.PIN)
        name, equals, values = command.partition("=")
        return name + equals + re.sub(r"[0-9]", "0", values)

    def _runs(self, line: str) -> str:
        return _RUN.sub(lambda found: self._run(found, line), line)

    def _run(self, found: re.Match[str], line: str) -> str:
        digits, before = found[0], line[: found.start()]
        public = self._public and _PUBLIC_LINE.match(line) is not None
        if public and len(digits) <= _PUBLIC_DIGITS and not self._stand_ins.knows(digits):
            return digits
        return self._stand_ins.digits(digits, number=before.endswith(("+", '"')) or "+CSCA" in before)
