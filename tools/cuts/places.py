"""Lines without which something would be deleted in the wrong place, or by an agent alone."""

from __future__ import annotations

from tools.cuts.cut import Cut

AGENT, AGENTS_TEST = "helium/cli/agent/server.py", "tests/cli/test_mcp.py::test_a_deletion_takes_a_person"

CUTS = (
    Cut(
        "place-two-could-be-meant",
        "helium/app/fleet_place.py",
        "        if choice.writes and choice.in_clone:\n",
        "        if False:\n",
        "tests/app/test_fleet_place.py::test_nothing_is_changed_while_two_places_could_be_meant",
    ),
    Cut(
        "agent-a-person-types-the-name",
        AGENT,
        "        if typed != asked.name:\n",
        "        if False:\n",
        AGENTS_TEST,
    ),
    Cut(
        "agent-only-ones-own",
        AGENT,
        "        if it.row.owner.lower() != me.lower():\n",
        "        if False:\n",
        AGENTS_TEST,
    ),
    Cut(
        "agent-the-text-of-this-question",
        AGENT,
        "access.remove(asked.name, blob=asked.blob)",
        "access.remove(asked.name)",
        "tests/cli/test_mcp.py::test_an_answer_is_for_the_text_that_was_asked_about",
    ),
    Cut(
        "agent-only-what-was-asked-about",
        "helium/adapters/server/transport.py",
        '({"If-Match": f\'"{blob}"\'} if blob else {})\n',
        "{}\n",
        "tests/adapters/server/test_transport.py::test_a_deletion_can_be_for_one_text_of_the_file",
    ),
)
