"""Files as accidents and enemies make them: each is a fault, or is read as it was meant."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from syseventd.config import Config, files
from syseventd.errors import ConfigInvalid

Load = Callable[[Path], Config]
Write = Callable[..., Path]


def _message(load: Load, path: Path) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load(path)
    return str(caught.value)


def test_mark_of_a_windows_editor_is_no_fault(load: Load, write: Write) -> None:
    path = write("")
    path.write_bytes(b"\xef\xbb\xbf[daemon]\r\nmax_probes = 7\r\n")
    assert load(path).daemon.max_probes == 7


def test_column_of_a_fault_is_right_with_line_ends_of_windows(load: Load, write: Write) -> None:
    path = write("")
    path.write_bytes(b"[daemon]\r\nlanguage = sv\r\n")
    assert "at line 2, column 12); text stands in quotes" in _message(load, path)


@pytest.mark.parametrize("text", ["\xfe\xff".encode("utf-16"), b"\x7fELF\x02\x01\xff\xff"])
def test_binary_is_no_text(text: bytes, load: Load, write: Write) -> None:
    path = write("")
    path.write_bytes(text)
    assert _message(load, path).startswith("syseventd.toml: is not text in UTF-8 (byte ")


def test_zero_bytes_are_no_toml(load: Load, write: Write) -> None:
    """As a file has after a power failure."""
    assert "is not valid TOML" in _message(load, write("\0" * 100))


def test_pipe_among_the_drop_ins_holds_up_nothing(load: Load, write: Write) -> None:
    path = write("", a="")
    pipe = path.parent / "conf.d" / "pipe.toml"
    os.mkfifo(pipe)
    assert _message(load, path) == f"{pipe}: is neither a file nor a link to one"


def test_device_among_the_drop_ins_is_not_read(load: Load, write: Write) -> None:
    path = write("", a="")
    device = path.parent / "conf.d" / "zero.toml"
    device.symlink_to("/dev/zero")
    assert _message(load, path) == f"{device}: is neither a file nor a link to one"


def test_socket_among_the_drop_ins_is_named(load: Load, write: Write) -> None:
    path = write("", a="")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path.parent / "conf.d" / "s.toml"))
        assert "s.toml: can't be read: No such device or address" in _message(load, path)


def test_folder_among_the_drop_ins_is_named(load: Load, write: Write) -> None:
    path = write("", a="")
    folder = path.parent / "conf.d" / "folder.toml"
    folder.mkdir()
    assert _message(load, path) == f"{folder}: can't be read: Is a directory"


@pytest.mark.parametrize("name", ["conf.d", "conf.d/loop.toml"])
def test_link_to_itself_is_named(name: str, load: Load, write: Write) -> None:
    path = write("") if name == "conf.d" else write("", a="")
    loop = path.parent / name
    loop.symlink_to(loop)
    assert _message(load, path) == f"{loop}: can't be read: Too many levels of symbolic links"


def test_endless_file_is_too_large(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read to its end, which may never come."""
    monkeypatch.setattr(files, "LARGEST", 1024 * 1024)
    path = tmp_path / "syseventd.toml"
    path.symlink_to("/dev/zero")
    assert _message(load, path) == f"{path}: is too large; a file may have 1 MiB"


def test_pipe_that_the_user_names_is_read(load: Load) -> None:
    """`check-config <(generate)`: a pipe in place of a file, that someone writes to."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        out.write("[daemon]\nmax_probes = 7\n")
    assert load(Path(f"/dev/fd/{reading}")).daemon.max_probes == 7
    os.close(reading)


def test_name_that_is_no_text_is_shown_in_plain_characters(load: Load, write: Write) -> None:
    path = write("", a="")
    name = os.fsencode(path.parent / "conf.d") + b"/\xff\x1b[2J.toml"
    with open(name, "w") as file:
        file.write("[daemon]\nlisten = 5\n")
    message = _message(load, path)
    assert message.startswith("conf.d/\\udcff\\x1b[2J.toml: daemon.listen: 5 is not an address")


def test_key_with_control_characters_is_shown_harmlessly(load: Load, write: Write) -> None:
    message = _message(load, write('[daemon]\n"a\\u001b[2J\\nb" = 1\n'))
    assert message.startswith('daemon."a\\u001b[2J\\nb": is no known key')


def test_place_of_a_key_with_dots_names_its_file(load: Load, write: Write) -> None:
    """Quoted keys hold what else ends a part of a place."""
    text = '[targets.host]\ntype = "certificates"\npaths = ["/x"]\n'
    message = _message(load, write(text, a='[targets.host]\n"a.b[0].c" = 1\n'))
    assert message.startswith('conf.d/a.toml: targets.host."a.b[0].c": is no known key')


def test_what_a_table_of_two_files_lacks_is_told_of_the_first(load: Load, write: Write) -> None:
    block = '[targets.crm]\ntype = "superoffice"\n'
    message = _message(load, write(block, a='[targets.crm]\nurl = "https://crm.example.com"\n'))
    assert message.startswith("syseventd.toml: targets.crm: auth: is missing")
