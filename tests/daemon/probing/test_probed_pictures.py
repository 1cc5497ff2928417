"""Pictures of a snapshot: small PNGs with a name of their own are kept, anything else is told."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.model import (
    LARGEST_PICTURE,
    LONGEST_SIDE,
    Observation,
    Outcome,
    Picture,
    Problem,
    Snapshot,
)
from syseventd.probing.answers import returned
from syseventd.probing.pictures import MOST_PICTURES, TOLD_PICTURES
from syseventd.probing.wire import LENGTH, pack, unpack


def png(width: int = 64, height: int = 64, size: int = 100) -> bytes:
    """What begins as a PNG of this size in pixels, and is this many bytes long."""
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return header.ljust(size, b"\0")


def kept(*pictures: Any) -> tuple[tuple[Picture, ...], tuple[Problem, ...]]:
    """What of these pictures is kept, and what is told; no probe fails of them."""
    answer = returned(Snapshot((Observation("7", "job", "n"),), pictures=pictures))
    assert answer.outcome is Outcome.OK
    assert answer.snapshot is not None
    assert answer.snapshot.observations
    return answer.snapshot.pictures, answer.snapshot.problems


@pytest.mark.parametrize(
    "picture",
    [
        Picture("person-7", png()),
        Picture("a", png(1, 1)),
        Picture("A._-9" * 12 + "abcd", png(LONGEST_SIDE, LONGEST_SIDE)),
        Picture("large", png(size=LARGEST_PICTURE)),
        Picture("-", png(10, 10)),
    ],
)
def test_sound_pictures_are_kept(picture: Picture) -> None:
    """The snapshot stays the very same."""
    snapshot = Snapshot(pictures=(picture,))
    assert returned(snapshot).snapshot is snapshot


@pytest.mark.parametrize("name", ["", ".", "..", ".png", "a/b", "a b", "x" * 65, "é", "a\n", 7])
def test_names_that_are_no_part_of_a_path_are_refused(name: Any) -> None:
    """They stand in addresses."""
    pictures, problems = kept(Picture("good", png()), Picture(name, png()))
    assert [picture.name for picture in pictures] == ["good"]
    [problem] = problems
    assert problem.where == "picture 2"
    assert "name" in problem.reason


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + bytes(100), "no PNG"),
        (b"<svg onload='alert(1)'/>", "no PNG"),
        (b"\x89PNG\r\n\x1a\n", "no PNG"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>........", "no PNG"),
        (png()[:23], "no PNG"),
        (b" " + png(), "no PNG"),
        (png(0, 5), "0 by 5 pixels"),
        (png(5, 0), "5 by 0 pixels"),
        (png(LONGEST_SIDE + 1, 5), "1025 by 5 pixels"),
        (png(5, 2**32 - 1), "5 by 4294967295 pixels"),
        (png(size=LARGEST_PICTURE + 1), "65537 bytes"),
        (bytearray(png()), "a bytearray, not bytes"),
        ("\x89PNG", "a str, not bytes"),
        (None, "a NoneType, not bytes"),
    ],
)
def test_what_is_no_small_png_is_left_out_and_told(content: Any, told: str) -> None:
    """The others are shown."""
    pictures, problems = kept(Picture("bad", content), Picture("good", png()))
    assert [picture.name for picture in pictures] == ["good"]
    [problem] = problems
    assert told in problem.reason
    assert problem.reason.endswith("it is not shown")


def test_what_is_no_picture_is_left_out() -> None:
    """Nor what derives from one, and could say anything of itself."""

    class Sly(Picture):
        fault = ""

    pictures, problems = kept("person-7", Sly("../x", b""))
    assert pictures == ()
    assert [p.reason for p in problems] == [
        "is a str, not a Picture; it is not shown",
        "is a Sly, not a Picture; it is not shown",
    ]


def test_of_one_name_the_first_is_kept() -> None:
    """Else a page would show the one or the other."""
    first, second = Picture("a", png(1, 1)), Picture("a", png(2, 2))
    pictures, problems = kept(first, second)
    assert pictures == (first,)
    assert problems == (Problem("picture 2", "another one is called a as well; it is not shown"),)


def test_no_more_than_some_are_kept() -> None:
    """And how many there were is told."""
    pictures, problems = kept(*(Picture(f"p{n}", png()) for n in range(MOST_PICTURES + 7)))
    assert len(pictures) == MOST_PICTURES
    assert problems == (Problem("pictures", "are 107; 100 are looked at"),)


def test_many_faults_are_one_number() -> None:
    """A hundred bad pictures don't fill the page."""
    _, problems = kept(*(Picture(f"p{n}", b"") for n in range(50)))
    assert len(problems) == TOLD_PICTURES + 1
    assert "of 45 more" in problems[-1].reason


@pytest.mark.parametrize("pictures", [None, [], {}, "x", [Picture("a", png())]])
def test_what_is_no_tuple_is_left_out(pictures: Any) -> None:
    """The events are seen all the same."""
    answer = returned(Snapshot((Observation("7", "job", "n"),), pictures=pictures))
    assert answer.snapshot is not None
    assert (len(answer.snapshot.observations), answer.snapshot.pictures) == (1, ())
    [problem] = answer.snapshot.problems
    assert "not a tuple" in problem.reason


def test_faults_stand_beside_cut_texts() -> None:
    """One does not hide the other."""
    seen = Observation("7", "job", "n" * 600)
    answer = returned(Snapshot((seen,), pictures=(Picture("a", b""),)))
    assert answer.snapshot is not None
    assert [problem.where for problem in answer.snapshot.problems] == ["7", "picture 1"]


@given(st.lists(st.builds(Picture, st.text(max_size=3), st.binary(max_size=40)), max_size=5))
def test_only_what_may_be_shown_is_kept(pictures: list[Picture]) -> None:
    """Whatever a plugin hands in."""
    shown, problems = kept(*pictures)
    assert all(not picture.fault for picture in shown)
    assert len({picture.name for picture in shown}) == len(shown)
    assert bool(problems) == (len(shown) < len(pictures))


def test_portrait_must_be_text() -> None:
    """As all names."""
    seen = Observation("7", "job", "n", portrait=7)  # type: ignore[arg-type]
    answer = returned(Snapshot((seen,)))
    assert answer.outcome is Outcome.ERROR
    assert "the portrait of" in answer.reason


def test_long_portrait_is_cut() -> None:
    """It names no picture then, and is stored in bounds."""
    answer = returned(Snapshot((Observation("7", "job", "n", portrait="p" * 9999),)))
    assert answer.snapshot is not None
    assert len(answer.snapshot.observations[0].portrait) == 512


def test_pictures_come_out_of_a_sources_process() -> None:
    """As they went in."""
    snapshot = Snapshot(pictures=(Picture("a", png()),))
    assert unpack(pack(snapshot)[LENGTH.size :]) == snapshot


def test_a_picture_is_not_written_out_in_messages() -> None:
    """Kilobytes of bytes tell nobody anything."""
    assert repr(Picture("a", png())) == "Picture(name='a')"
