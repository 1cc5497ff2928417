"""The overview says that a configuration was refused, until one is valid again."""

from __future__ import annotations

import re

from syseventd.web import RefusedReload


def notice(reply) -> str:
    """The notice's text without tags; empty where there is none."""
    found = re.search(r'<li class="bad"><p>\s*The configuration.*?</ul></li>', reply.text, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def get(world, *faults: str, **changes):
    refused = RefusedReload(world.now - 60, faults)
    return world.get("/", refused_reload=lambda: refused, **changes)


def test_when_and_why_is_told(world):
    """The time, the number of faults and the faults, and that the daemon runs on."""
    world.see(world.watch("crm", "imports"))
    text = notice(get(world, "targets.a.type: is missing", "targets.b.url: is no address"))
    assert re.match(
        r"The configuration was refused at \d\d:\d\d [+-]\d\d:\d\d \(2 faults\); "
        r"what was valid before still runs: "
        r"targets.a.type: is missing targets.b.url: is no address$",
        text,
    )


def test_one_fault_is_one(world):
    """In the singular."""
    assert "(1 fault);" in notice(get(world, "targets.a.type: is missing"))


def test_many_and_long_faults_are_cut(world):
    """The notice does not grow without end; the faults that it leaves out are counted."""
    reply = get(world, "x" * 10_000, *(f"fault {number}" for number in range(1, 900)))
    text = notice(reply)
    assert "(900 faults)" in text
    assert "x" * 290 in text
    assert text.endswith("... fault 1 fault 2 and 897 more")
    assert len(text) < 600


def test_what_a_file_holds_is_text(world):
    """A fault may quote whatever stands in the file."""
    reply = get(world, 'daemon.listen: "<script>alert(1)</script>" is no address')
    assert "<script>" not in reply.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in reply.text


def test_not_all_is_well_meanwhile(world):
    """What the new configuration adds is not watched, so nobody says that everything answers."""
    world.see(world.watch("crm", "imports"))
    text = get(world, "targets.a.type: is missing").text
    assert "The one target answers." not in text
    assert "Nothing is going on, as far as could be seen." in text


def test_a_valid_configuration_is_no_news(world):
    """Then there is no such notice."""
    world.see(world.watch("crm", "imports"))
    reply = world.get("/")
    assert notice(reply) == ""
    assert "The one target answers." in reply.text
