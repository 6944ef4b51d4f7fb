"""The certificate that is served, taken up anew when its files change; what cannot be used leaves the one before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from otppi.intake.rest.tls import CannotUse, ChangingContext, PemFiles, load
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

log = logging.getLogger(__name__)


class ServedCertificate:
    """`context` is for the listener, for good."""

    @classmethod
    def of(cls, certificate: Path | None, key: Path | None) -> ServedCertificate | None:
        """None where there is no certificate. Raises Refused where it cannot be used."""
        return None if certificate is None else cls(PemFiles(certificate, key))

    def __init__(self, files: PemFiles) -> None:
        self._files = files
        self._served = self._seen = files.stamp()
        self._changing = ChangingContext()
        try:
            self._changing.put(load(files))
        except CannotUse as error:
            raise Refused(str(error)) from None

    @property
    def context(self) -> ssl.SSLContext:
        return self._changing.context

    def look(self) -> None:
        """Take up files that are new and were the same at two looks: certificate and key are rarely replaced in the
        same moment."""
        now = self._files.stamp()
        rested, self._seen = now == self._seen, now
        if now == self._served or not rested:
            return
        self._served = now
        try:
            self._changing.put(load(self._files))
            log.info("certificate taken up")
        except CannotUse as error:
            log.error("the certificate stays as it was: %s", error)
