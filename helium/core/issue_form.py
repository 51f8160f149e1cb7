"""The answers of the form "I need a workspace", as the host writes them into an issue. Pure.

All of it is a stranger's text, so it is data: a line counts as a question only if it is one of the form's, whole, and
once. What does not fit is a problem in words, and never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NAME, EXPIRY, MORE = "name", "expiry", "more"
QUESTIONS: Mapping[str, str] = {
    "What should it be called?": NAME,
    "How long do you need it, or until when?": EXPIRY,
    "What is it for?": "description",
    "Who may log in?": "access",
    "Which backend?": "backend",
    "Which version of Pachyderm?": "pachdVersion",
    "What else should its file say?": MORE,
}
"""Each label of the form, and the field of a spec that its answer is; `more` is a piece of YAML with any others."""
MOST = 65_536
"""Characters of an issue: no host takes more."""
_NO_ANSWER = "_No response_"
_FENCED = re.compile(r"(`{3,})[a-z]*\n(.*?)\n?\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FormIssue:
    """An issue as its host says it: its number, the login of whoever opened it, and its text."""

    number: int
    author: str
    body: str


@dataclass(frozen=True, slots=True)
class FormAnswers:
    """What was answered, by field, and what is wrong with the form itself, in words."""

    fields: Mapping[str, str]
    problems: tuple[str, ...] = ()


def answers(body: str) -> FormAnswers | None:
    """What an issue answers; `None` for one that was not made with the form."""
    if len(body) > MOST:
        return FormAnswers({}, (f"The issue has {len(body)} characters, and at most {MOST} are read.",))
    found = list(_parts(body.replace("\r\n", "\n")))
    if not found:
        return None
    asked = [question for question, _ in found]
    twice = sorted({each for each in asked if asked.count(each) > 1}, key=asked.index)
    missing = [] if "How long do you need it, or until when?" in asked else ["How long do you need it, or until when?"]
    problems = [f"The line “### {each}” is there more than once. Each question has one answer." for each in twice]
    problems += [f"The line “### {each}” is missing. Fill in the form again, and leave its lines." for each in missing]
    return FormAnswers({QUESTIONS[each]: text for each, text in found if text}, tuple(problems))


def question_of(pointer: str) -> str:
    """The label under which somebody gave what an error is about; of what the form does not ask, the field's name."""
    field = pointer.strip("/").partition("/")[0]
    return next((label for label, name in QUESTIONS.items() if name == field), field)


def _parts(body: str) -> Iterator[tuple[str, str]]:
    """Each of the form's lines, with what stands below it."""
    question, lines = "", list[str]()
    for line in body.split("\n"):
        label = line.removeprefix("### ").rstrip() if line.startswith("### ") else ""
        if label in QUESTIONS:
            if question:
                yield question, _answer(lines)
            question, lines = label, []
        else:
            lines.append(line)
    if question:
        yield question, _answer(lines)


def _answer(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    fenced = _FENCED.fullmatch(text)
    text = fenced[2] if fenced else text
    return "" if text == _NO_ANSWER else text
