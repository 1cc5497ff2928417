"""A request that the simulated installation refuses, with the error that the vendor would send."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class RequestError(Exception):
    """The HTTP status, the vendor's type of error, and what is wrong with the request."""

    status: int
    kind: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The body that goes with the status."""
        return {
            "Error": True,
            "ErrorType": self.kind,
            "ErrorMessage": f"{self.message} (simulated)",
            "ErrorSource": "syseventd_superoffice.simulator",
        }


def not_found(what: str) -> RequestError:
    """There is no such thing here."""
    return RequestError(404, "NotFound", f"There is no {what}")


def bad_request(problem: str) -> RequestError:
    """The request has a fault of its own. The vendor's status for these is not known."""
    return RequestError(400, "BadRequest", problem)


def not_played(what: str) -> RequestError:
    """The vendor can do this and the simulator can't: it says so, and invents no answer."""
    return RequestError(501, "NotImplemented", f"The simulator does not play {what}")
