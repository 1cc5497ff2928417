"""The configuration that we ship: valid, complete, and every commented key as it says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from syseventd import config
from syseventd.config import Config, Offered, json_schema
from syseventd.settings import SourceSettings

SHIPPED = Path(__file__).parents[3] / "config"
EXAMPLES = [
    SHIPPED / "syseventd.toml",
    *sorted(SHIPPED.glob("examples/*.toml")),
    *sorted(SHIPPED.glob("examples/*/syseventd.toml")),
]
TEXT = (SHIPPED / "syseventd.toml").read_text()
LINES = TEXT.splitlines()

HEADER = re.compile(r"#?\[(?P<name>[^\]]+)\]")
SETTING = re.compile(r"(?P<marks>#{0,2})(?P<key>[a-z_]+) = (?P<value>.+)")

OF_A_SECRET = re.compile(r"_(file|env)$")
"""A secret is in a file or in a variable: of the two keys one alone may be set."""


@pytest.fixture(scope="session")
def private_key() -> str:
    """An application's private key in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private_key: str) -> None:
    """The secrets that the shipped files speak of."""
    names = ["crm-password", "pkcs12-password", "customer-north", "customer-south"]
    names += ["crm-system-token", "crm-client-secret", "crm-refresh-token", "crm-database-password"]
    for name in names:
        (tmp_path / f"syseventd_{name}").write_text("secret\n")
    (tmp_path / "syseventd_crm-private-key").write_text(private_key)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("CRM_PASSWORD", "secret")
    monkeypatch.setenv("PKCS12_PASSWORD", "secret")


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate in PEM."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Company CA")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("ca") / "company-ca.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def _settings() -> Iterator[tuple[int, str, str, str]]:
    """Each setting of the annotated file: its line's number, block, key, and marks before it."""
    block = ""
    for number, line in enumerate(LINES):
        if header := HEADER.fullmatch(line):
            block = header["name"]
        elif setting := SETTING.fullmatch(line):
            yield number, block, setting["key"], setting["marks"]


COMMENTED = [entry for entry in _settings() if entry[3]]


def _with(number: int) -> str:
    """The file with one commented setting in force, and its block if that is an example."""
    lines, block, live = list(LINES), "", True
    stem = OF_A_SECRET.sub("", SETTING.fullmatch(LINES[number])["key"])  # type: ignore[index]
    wanted = next(block for line, block, *_ in COMMENTED if line == number)
    whole = ".".join(wanted.split(".")[:2])
    for index, line in enumerate(LINES):
        setting = SETTING.fullmatch(line)
        if header := HEADER.fullmatch(line):
            block, live = header["name"], not line.startswith("#")
            if block.startswith(whole):
                lines[index] = line.removeprefix("#")
        elif index == number:
            lines[index] = line.lstrip("#")
        elif setting and block.startswith(whole) and setting["marks"] == "#" and not live:
            same = block == wanted and OF_A_SECRET.sub("", setting["key"]) == stem
            lines[index] = line if same else line.removeprefix("#")
    return "\n".join(lines)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: str(p.relative_to(SHIPPED)))
def test_shipped_file_is_valid(path: Path, load: Callable[[Path], Config]) -> None:
    assert load(path).targets


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: str(p.relative_to(SHIPPED)))
def test_shipped_file_fits_the_schema(path: Path, offered: Offered) -> None:
    validator = jsonschema.Draft202012Validator(json_schema(offered))
    for file in (path, *path.parent.glob("conf.d/*.toml")):
        assert list(validator.iter_errors(tomllib.loads(file.read_text()))) == []


def test_shipped_file_needs_nothing_that_a_machine_may_lack(
    load: Callable[[Path], Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands it reads no secret and no variable."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert list(load(SHIPPED / "syseventd.toml").targets) == ["host"]


@pytest.mark.parametrize(
    "number",
    [entry[0] for entry in COMMENTED],
    ids=[f"{b}.{k}-{n}" for n, b, k, _ in COMMENTED],
)
def test_each_commented_key_is_valid_once_it_is_not(
    number: int, tmp_path: Path, ca_file: Path, load: Callable[[Path], Config]
) -> None:
    text = _with(number).replace("/etc/syseventd/company-ca.pem", str(ca_file))
    path = tmp_path / "syseventd.toml"
    path.write_text(text)
    load(path)
    assert LINES[number].lstrip("#").split(" = ")[0] in text


@pytest.mark.parametrize(
    "number",
    [n for n, block, _, marks in COMMENTED if marks == "#" and not block.startswith("targets.crm")],
    ids=lambda n: LINES[n],
)
def test_commented_value_is_the_default(
    number: int, offered: Offered, tmp_path: Path, load: Callable[[Path], Config]
) -> None:
    """Taking the # away alone changes nothing, except where the value is an example."""
    key = LINES[number].lstrip("#").split(" = ")[0]
    if key in ("endpoints", "password_file", "password_env", "store"):
        return
    path = tmp_path / "syseventd.toml"
    path.write_text(_with(number))
    before, after = load(SHIPPED / "syseventd.toml"), load(path)
    assert (after.daemon, after.web, after.defaults) == (
        before.daemon,
        before.web,
        before.defaults,
    )
    told, meant = (c.targets["host"] for c in (after, before))
    assert told.target == meant.target
    for one, other in zip(told.sources, meant.sources, strict=True):
        assert (one.interval, one.timeout, one.stale_after) == (
            other.interval,
            other.timeout,
            other.stale_after,
        )


OTHER_LOGINS = {f"superoffice.{name}" for name in ("TicketAuth", "SystemUserAuth", "BearerAuth")}
"""Of these the annotated file shows an example; README.md has all of their keys."""

NESTED = {
    "BasicAuth": "targets.crm",
    "TicketAuth": "",
    "SystemUserAuth": "",
    "BearerAuth": "",
    "DatabaseSettings": "targets.crm.database",
    "KindPattern": "targets.crm.sources.system-events",
    "OwnerSettings": "targets.crm.sources.licences",
    "ExtraPackages": "targets.crm.sources.metered",
    "Amounts": "targets.crm.sources.metered",
}
"""Tables inside of the block of a SuperOffice target, and where the annotated file shows them."""


def _keys(offered: Offered) -> Iterator[tuple[str, str, Any]]:
    """Every key that the schema knows: where it stands, its name, and its default."""
    schema = json_schema(offered)
    sections = schema["properties"]
    for section in ("daemon", "web", "defaults"):
        for key, value in sections[section]["properties"].items():
            yield section, key, value.get("default")
    generic = set(SourceSettings.model_fields)
    for block in sections["targets"]["additionalProperties"]["oneOf"]:
        kind = block["properties"]["type"]["const"]
        for key, value in block["properties"].items():
            yield kind, key, value.get("default")
        for name, source in block["properties"]["sources"]["properties"].items():
            for key, value in source["properties"].items():
                where = "sources" if key in generic else f"{kind}.{name}"
                yield where, key, value.get("default")
    for name in NESTED:
        for key, value in schema["$defs"].get(name, {}).get("properties", {}).items():
            yield f"superoffice.{name}", key, value.get("default")


def _blocks(place: str) -> tuple[str, ...]:
    """The blocks of the annotated file where a key of this place is shown."""
    return {
        "certificates": ("targets.host",),
        "superoffice": ("targets.crm", "targets.crm-online", "targets.host"),
        "sources": ("targets.host.sources.certificates",),
        **{f"superoffice.{name}": (block,) for name, block in NESTED.items()},
    }.get(place, (place, f"targets.crm.sources.{place.partition('.')[2]}"))


def test_annotated_file_shows_every_key(offered: Offered) -> None:
    """Each key stands in a block of its kind; a block stands for the key that it is named by."""
    shown = {(block, key) for _, block, key, _ in _settings()}
    shown |= {tuple(block.rsplit(".", 1)) for _, block, _, _ in _settings() if "." in block}
    shown |= {
        (block, key)
        for number, block, _, _ in _settings()
        for key in re.findall(r"\b([a-z_]+) = ", LINES[number])
    }
    missing = [
        f"{place}.{key}"
        for place, key, _ in _keys(offered)
        if place not in OTHER_LOGINS
        and key != "sources"
        and not any((block, key) in shown for block in _blocks(place))
    ]
    assert missing == []


def test_every_setting_of_the_annotated_file_is_explained() -> None:
    """Prose stands before it, perhaps with a few settings that it also speaks of between."""
    bare = []
    for number, block, key, _ in _settings():
        above = number - 1
        while SETTING.fullmatch(LINES[above]) or HEADER.fullmatch(LINES[above]):
            above -= 1
        if not LINES[above].startswith("# ") and block.partition(".")[0] != "targets":
            bare.append(f"{block}.{key}")
    assert bare == []


def _rows() -> Mapping[str, list[list[str]]]:
    """The rows of the README's tables, by the name in their first cell."""
    rows: dict[str, list[list[str]]] = {}
    for line in (SHIPPED / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows.setdefault(cells[0].strip("`"), []).append(cells)
    return rows


def _value(cell: str) -> Any:
    """What a cell means: a value as TOML has it, else the text itself."""
    try:
        return tomllib.loads(f"cell = {cell}")["cell"]
    except tomllib.TOMLDecodeError:
        return cell


def test_readme_has_a_row_for_every_key_with_its_default(offered: Offered) -> None:
    """A default is written as the file would have it; one that is worked out is told in words."""
    rows, wrong = _rows(), []
    for place, key, default in _keys(offered):
        defaults = [_value(row[2].strip("`")) for row in rows.get(key, ())]
        if key != "sources" and (not defaults or default not in (None, *defaults)):
            wrong.append(f"{place}.{key}: {default} is not in {defaults}")
    assert wrong == []


def test_readme_knows_no_key_that_the_schema_does_not(offered: Offered) -> None:
    known = {key for _, key, _ in _keys(offered)}
    written = {name for name, rows in _rows().items() if any(len(row) == 4 for row in rows)}
    assert written <= known


def test_readme_s_errors_are_what_is_printed(faults_of: Any) -> None:
    """The two errors that it shows come from this configuration."""
    faults = faults_of(
        {
            "targets": {
                "crm": {
                    "type": "superoffice",
                    "url": "https://crm.example.com",
                    "auth": {
                        "method": "basic",
                        "user": "m",
                        "password_env": "CRM_PASSWORD",
                    },
                    "interval": "15 seconds",
                    "ulr": "",
                }
            }
        }
    )
    shown = re.findall(r"^    (targets\.\S+: .*)$", (SHIPPED / "README.md").read_text(), re.M)
    assert faults == shown


def test_defaults_in_the_schema_are_written_as_people_write_them(
    offered: Offered,
) -> None:
    schema = json_schema(offered)
    assert schema["properties"]["defaults"]["properties"]["history"]["default"] == "365d"


def test_schema_refuses_what_the_daemon_refuses(offered: Offered) -> None:
    validator = jsonschema.Draft202012Validator(json_schema(offered))
    for wrong in (
        {"demon": {}},
        {"daemon": {"listn": ""}},
        {"defaults": {"interval": 15}},
        {"targets": {"host": {"type": "certificates", "path": []}}},
        {"targets": {"crm": {"type": "superoffice"}}},
        {"sinks": {"pager": {"type": "alertmanager"}}},
    ):
        assert not validator.is_valid(wrong), wrong


def test_schema_itself_is_valid(offered: Offered) -> None:
    judge = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert list(judge.iter_errors(config.json_schema(offered))) == []
