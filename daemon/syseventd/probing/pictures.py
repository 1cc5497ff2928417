"""Which pictures of a snapshot may be shown: small PNGs, each under a name of its own."""

from __future__ import annotations

from syseventd.model import Picture, Problem

MOST_PICTURES = 100
"""Pictures of one snapshot."""
TOLD_PICTURES = 5
"""How many pictures that are left out are told one by one; the rest is one number."""


def sound_pictures(pictures: object) -> tuple[tuple[Picture, ...], tuple[Problem, ...]]:
    """What of a snapshot's pictures may be shown, and a Problem for what may not.

    The same tuple where all of them may. No picture fails a probe: events matter more.
    """
    if not isinstance(pictures, tuple):
        reason = f"are a {type(pictures).__name__}, not a tuple; none is shown"
        return (), (Problem("pictures", reason),)
    kept: dict[str, Picture] = {}
    left_out: list[Problem] = []
    for number, picture in enumerate(pictures[:MOST_PICTURES], 1):
        if fault := _fault_of(picture, kept):
            left_out.append(Problem(f"picture {number}", f"{fault}; it is not shown"))
        else:
            kept[picture.name] = picture
    told, rest = left_out[:TOLD_PICTURES], len(left_out) - TOLD_PICTURES
    if rest > 0:
        told.append(Problem("pictures", f"of {rest} more there is something wrong as well"))
    if (count := len(pictures)) > MOST_PICTURES:
        told.append(Problem("pictures", f"are {count}; {MOST_PICTURES} are looked at"))
    return tuple(kept.values()) if told else pictures, tuple(told)


def _fault_of(picture: object, others: dict[str, Picture]) -> str:
    """What is wrong with one picture, in words; "" where it may be shown."""
    if type(picture) is not Picture:  # what derives from it may say anything of itself
        return f"is a {type(picture).__name__}, not a Picture"
    return picture.fault or (
        f"another one is called {picture.name} as well" if picture.name in others else ""
    )
