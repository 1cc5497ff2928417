"""The vendor's own description of the WebAPI, as a fixture that judges requests and replies."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

DESCRIPTION = Path("shared", "superoffice", "webapi.swagger.json")

STANDARD_HEADERS = frozenset(
    [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "if-modified-since",
        "user-agent",
    ]
)
"""What HTTP itself brings; the description lists the vendor's own headers only."""

NULLABLE: Mapping[str, frozenset[str]] = {
    "ODataSlimResponse": frozenset({"odata.nextLink"}),
    "ExtendedLicenseInfo": frozenset({"New", "Current"}),
    "ExtendedModuleLicense": frozenset({"New", "Current"}),
    "LicenseInfo": frozenset(
        [
            "NextCheckDate",
            "AdminWarningDate",
            "DeploymentType",
            "ProductType",
            "ProductDescription",
            "ExtraInfo",
        ]
    ),
    "ModuleLicense": frozenset(
        [
            "ModuleVersion",
            "SortOrder",
            "ExtraInfo",
            "Signature",
            "Unrestricted",
            "IsHidden",
            "PrerequisiteModuleName",
        ]
    ),
    "SystemEventEntityWithLinks": frozenset({"Eventkey", "Eventmess", "ExtraInfo"}),
}
"""Fields that are null in practice, by definition. Swagger 2.0 can't say so, and the file doesn't.

They are null in the vendor's samples (`nextLink`), documented as absent ("no waiting licence"),
or stand for a database column that may be null. Any other null is a fault.
"""

ROW_VALUE = {"type": ["string", "number", "boolean", "null"]}
"""What a cell of a slim archive row may be.

The description gives `additionalProperties: {"type": "object"}`, which is how its generator
writes "any .NET object". The vendor's samples hold texts, numbers and booleans, and null where
the column is empty; in slim mode never a nested object or a list. So: any scalar.
"""

ERROR = {
    "type": "object",
    "properties": {
        "Error": {"const": True},
        "ErrorType": {"type": "string"},
        "ErrorMessage": {"type": "string"},
        "ErrorSource": {"type": "string"},
    },
    "required": ["Error", "ErrorType", "ErrorMessage"],
    "additionalProperties": False,
}
"""What comes with a failure. Described in the vendor's prose only: the file has no such schema."""

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?")
_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time")
def _is_date(value: object) -> bool:
    """A date as the vendor writes it: unlike RFC 3339, the zone may be missing."""
    if not isinstance(value, str):
        return True
    if not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


@_FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@_FORMATS.checks("byte")
def _is_base64(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return True


class Description:
    """The vendor's Swagger file. Its checks raise AssertionError that names what is wrong.

    Paths are taken from `/api/` on, so an installation's own prefix does no harm.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Any] = document["paths"]
        self._definitions = {
            name: _translate(definition, NULLABLE.get(name.rpartition(".")[2], frozenset()))
            for name, definition in document["definitions"].items()
        }

    def check_request(
        self,
        method: str,
        path: str,
        query_names: Iterable[str] = (),
        header_names: Iterable[str] = (),
    ) -> None:
        """The call exists, and has no parameter or header that nobody described."""
        operation = self._operation(method, path)
        described = operation.get("parameters", ())
        call = f"{method} {path}"
        queries = {p["name"] for p in described if p["in"] == "query"}
        unknown = set(query_names) - queries
        assert not unknown, f"{call}: the description knows no parameter {sorted(unknown)}"
        required = {p["name"] for p in described if p["in"] == "query" and p.get("required")}
        missing = required - set(query_names)
        assert not missing, f"{call}: the description requires the parameter {sorted(missing)}"
        headers = {p["name"].lower() for p in described if p["in"] == "header"}
        strange = {name.lower() for name in header_names} - headers - STANDARD_HEADERS
        assert not strange, f"{call}: the description knows no header {sorted(strange)}"

    def check_reply(self, method: str, path: str, status: int, body_json: object) -> None:
        """The body is what the description says of this status, with no field beyond it.

        A failure must carry the vendor's error JSON; a status that is neither is a fault.
        """
        responses = self._operation(method, path)["responses"]
        call = f"{method} {path} → {status}"
        schema = responses.get(str(status), {}).get("schema")
        if schema is not None:
            self._validate(call, _translate(schema), body_json)
        elif status >= 400:
            self._validate(call, ERROR, body_json)
        else:
            assert str(status) in responses, f"{call}: the description knows no such status"
            assert body_json is None, f"{call}: the description gives no body"

    def field_names(self, definition: str) -> frozenset[str]:
        """The fields of a definition, whose name may be given by its last part."""
        for name, schema in self._definitions.items():
            if name == definition or name.endswith(f".{definition}"):
                return frozenset(schema["properties"])
        raise AssertionError(f"the description knows no definition {definition}")

    def _operation(self, method: str, path: str) -> Mapping[str, Any]:
        _, marker, rest = path.partition("/api/")
        parts = (marker + rest).split("/")
        candidates = [
            (template.count("{"), operations)
            for template, operations in self._paths.items()
            if _matches(template.split("/"), parts, operations.get(method.lower()))
        ]
        assert candidates, f"{method} {path}: the description knows no such call"
        # As on the vendor's side, a literal path wins over one with a parameter.
        operations = min(candidates, key=lambda candidate: candidate[0])[1]
        return operations[method.lower()]  # type: ignore[no-any-return]

    def _validate(self, call: str, schema: Mapping[str, Any], body: object) -> None:
        whole = {**schema, "definitions": self._definitions}
        validator = jsonschema.Draft7Validator(whole, format_checker=_FORMATS)
        error = jsonschema.exceptions.best_match(validator.iter_errors(body))
        assert error is None, f"{call}: {error.json_path}: {error.message}"


def _matches(template: list[str], parts: list[str], operation: Mapping[str, Any] | None) -> bool:
    if operation is None or len(template) != len(parts):
        return False
    types = {
        f"{{{p['name']}}}": p.get("type")
        for p in operation.get("parameters", ())
        if p["in"] == "path"
    }
    return all(
        expected == part
        or (expected in types and (types[expected] != "integer" or part.lstrip("-").isdigit()))
        for expected, part in zip(template, parts, strict=True)
    )


def _translate(schema: Mapping[str, Any], nullable: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A Swagger 2.0 schema as JSON Schema draft 7: stricter about fields, exact about nulls."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result = {key: schema[key] for key in ("type", "enum", "format") if key in schema}
    if "items" in schema:
        result["items"] = _translate(schema["items"])
    extra = schema.get("additionalProperties")
    if extra is not None:
        result["additionalProperties"] = (
            ROW_VALUE if extra == {"type": "object"} else _translate(extra)
        )
    if "properties" in schema:
        result["properties"] = {
            name: {"anyOf": [_translate(field), {"type": "null"}]}
            if name in nullable
            else _translate(field)
            for name, field in schema["properties"].items()
        }
        result.setdefault("additionalProperties", False)
    return result


@pytest.fixture(scope="session")
def description() -> Description:
    """The vendor's description of the WebAPI; it stands beside the repository, not in it."""
    folder = Path(__file__).resolve().parents[3].parent
    try:
        text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    except FileNotFoundError:
        pytest.skip(
            f"the vendor's description of the WebAPI is not at hand: put it at ../{DESCRIPTION}, "
            "beside the repository"
        )
    return Description(json.loads(text))
