"""`exit-codes.md`: how a command ends, and every error that Helium raises on purpose, with what to do about it.

Codes, statuses and sentences come from the errors themselves. What to do about each is said here; an error class
that is missing here is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from helium import errors
from helium.api.problems import TABLE
from helium.core import host_errors
from helium.edits import refusals
from helium.errors import ExitCode, HeliumError
from tools.docs.markdown import document, sentence, table
from tools.docs.what_to_do import EXIT_CODES, SAMPLES, WHAT_TO_DO

INTRODUCTION = """# Exit codes and errors

A command ends with one of these codes. Where several would fit, the gravest one wins: 5 before 4 before 3. Warnings and
errors are sentences on standard error; `HELIUM_DEBUG=1` also shows where one came from."""

ERRORS = """## Errors

Each error class of `helium/errors.py`, `helium/core/host_errors.py` and `helium/edits/refusals.py`: how a command
ends with it, what the API answers, an example of what it says, and what you do. Where there is no example, the sentence
depends on what happened. The status is empty where the API
cannot meet the error, because it never runs Pulumi and never applies a plan."""


def classes() -> Iterator[type[HeliumError]]:
    """Every error class, in the order of the files."""
    for module in (errors, host_errors, refusals):
        for each in vars(module).values():
            if inspect.isclass(each) and issubclass(each, HeliumError) and each.__module__ == module.__name__:
                yield each


def page() -> str:
    """The whole page; `SystemExit` names an error or a code that nobody explains."""
    rows = [_row(each) for each in classes()]
    if missing := {each.exit_code for each in classes()} - EXIT_CODES.keys():
        raise SystemExit(f"tools/docs/what_to_do.py does not explain exit code {', '.join(map(str, sorted(missing)))}")
    return document(
        INTRODUCTION,
        table(("code", "what it means", "what you do"), _exit_codes()),
        ERRORS,
        table(("error", "exit code", "HTTP", "when", "it says, for example", "what you do"), rows),
    )


def _exit_codes() -> Iterator[tuple[str, ...]]:
    """Each code as `helium --help` explains it, with what is said here."""
    for code in ExitCode:
        more, todo = EXIT_CODES[code]
        yield str(code), f"{sentence(code.meaning[0].upper() + code.meaning[1:])} {more}", todo


def _row(error: type[HeliumError]) -> tuple[str, ...]:
    if error.__name__ not in WHAT_TO_DO:
        raise SystemExit(f"tools/docs/what_to_do.py does not say what to do about {error.__name__}")
    when = sentence((error.__doc__ or "").partition("\n\n")[0])
    return (
        f"`{error.__name__}`",
        str(error.exit_code.value),
        _status(error),
        when,
        _example(error, SAMPLES),
        WHAT_TO_DO[error.__name__],
    )


def _status(error: type[HeliumError]) -> str:
    return next((str(TABLE[each].value) for each in error.__mro__ if each in TABLE), "")


def _example(error: type[HeliumError], samples: Mapping[str, object]) -> str:
    """The sentence that its constructor writes; nothing where it only hands on what it was given."""
    parameters = list(inspect.signature(error.__init__).parameters.values())[1:]
    own = "__init__" in vars(error) and all(
        each.name not in {"args", "what", "sentence", "issues"} for each in parameters
    )
    if not own:
        return ""
    given = {each.name: samples.get(each.name, each.name.upper()) for each in parameters if each.default is each.empty}
    return sentence(str(error(**given)))
