"""The source `toner`, a plain function in a thread: what is left, and when the service is due."""

from __future__ import annotations

from stranger_printers.spool import Spool
from syseventd import Expiry, Malformed, Measurement, Meter, NotAvailable, Snapshot, Target
from syseventd.settings import SourceSettings


class Toner:
    """The cartridge of one printer."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def probe(self) -> Snapshot:
        """The pages that were printed with it, and the date of the next service."""
        toner = self._spool.read().get("toner")
        if toner is None:
            raise NotAvailable("this printer does not tell")
        try:
            used, lasts = float(toner["used"]), float(toner["lasts"])
            return Snapshot(
                expiries=(Expiry("maintenance", "printer", float(toner["service"])),),
                meters=(Meter("pages", used, lasts, "Pages"),),
                measurements=(Measurement("printer_toner_ratio", 1 - used / lasts, "black"),),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise Malformed(str(self._spool.file), repr(error)) from None


def create(target: Target, spool: Spool, settings: SourceSettings) -> Toner:
    """The source for one target."""
    return Toner(spool)
