"""The judge itself: what the vendor's description lets pass, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

LIST = "/api/v1/SystemEvent"


def _list(**row: object) -> dict[str, Any]:
    return {"odata.metadata": "m", "odata.nextLink": None, "value": [row]}


def test_a_described_request_passes(description: Any) -> None:
    """Path, parameters and headers that the vendor describes are in order, prefix or not."""
    description.check_request("GET", LIST, ["$select", "$top"], ["SO-TimeZone", "Accept"])
    description.check_request("GET", "/SuperOffice/api/v1/License/SUPEROFFICE")


@pytest.mark.parametrize(
    ("method", "path", "queries", "headers"),
    [
        ("GET", "/api/v1/SystemEvents", [], []),
        ("DELETE", LIST, [], []),
        ("GET", "/api/v1/SystemEvent/seven", [], []),
        ("GET", LIST, ["$orderby"], []),
        ("GET", LIST, [], ["SO-Timezone-Offset"]),
    ],
    ids=["path", "method", "parameter's type", "parameter", "header"],
)
def test_an_undescribed_request_is_refused(
    description: Any, method: str, path: str, queries: list[str], headers: list[str]
) -> None:
    """What the vendor does not describe is refused, whichever part it is in."""
    with pytest.raises(AssertionError, match="the description knows no"):
        description.check_request(method, path, queries, headers)


def test_a_row_holds_scalars(description: Any) -> None:
    """The cells of a slim row are texts, numbers, truth values, or null."""
    description.check_reply("GET", LIST, 200, _list(a="x", b=1, c=False, d=None))
    with pytest.raises(AssertionError, match=r"\$\.value\[0\]\.a"):
        description.check_reply("GET", LIST, 200, _list(a={"RawValue": 1}))


@pytest.mark.parametrize(
    ("licence", "place"),
    [
        ({"CanBeActivated": None}, "CanBeActivated"),
        ({"Expires": "2026-01-01T00:00:00"}, "Expires"),
        ({"Current": {"ExpiryDate": "1.1.2026"}}, "ExpiryDate"),
        ({"Current": {"ExpiryDate": "2026-13-01T00:00:00"}}, "ExpiryDate"),
        ({"Current": {"ExtraFlags": 2**31}}, "ExtraFlags"),
        ({"Current": {"PublicKey": {"Key": {"P": "?"}}}}, "P"),
        ({"Current": {"ModuleLicenses": [{"LicenseType": "Site"}]}}, "LicenseType"),
    ],
    ids=["null", "unknown field", "format", "no date", "range", "no base64", "enum"],
)
def test_a_wrong_licence_is_refused(
    description: Any, licence: dict[str, object], place: str
) -> None:
    """A field with the wrong kind of value is refused, and named."""
    with pytest.raises(AssertionError, match=place):
        description.check_reply("GET", "/api/v1/License/SUPEROFFICE", 200, licence)


def test_a_null_that_is_known_passes(description: Any) -> None:
    """No waiting licence, and what a database column may leave empty, is null."""
    licence = {"New": None, "Current": {"NextCheckDate": None, "ExpiryDate": "0001-01-01T00:00:00"}}
    description.check_reply("GET", "/api/v1/License/SUPEROFFICE", 200, licence)


def test_a_failure_carries_the_vendors_error(description: Any) -> None:
    """A status that says failure needs the error JSON, and no other status is invented."""
    error = {"Error": True, "ErrorType": "T", "ErrorMessage": "m", "ErrorSource": "s"}
    description.check_reply("GET", LIST, 401, error)
    with pytest.raises(AssertionError, match="ErrorType"):
        description.check_reply("GET", LIST, 401, {"Error": True})
    with pytest.raises(AssertionError, match="knows no such status"):
        description.check_reply("GET", LIST, 206, None)
    description.check_reply("DELETE", "/api/v1/SystemEvent/7", 204, None)


def test_field_names_are_those_of_the_definition(description: Any) -> None:
    """The fields of a definition can be asked, and a misspelt definition is refused."""
    assert "GraceDate" in description.field_names("LicenseInfo")
    with pytest.raises(AssertionError, match="LicenceInfo"):
        description.field_names("LicenceInfo")
