"""The charts that a program is going to name, put where it finds them: `ChartReference.file`, in its working folder.

They are fetched by the process of the pass and not by the program, which sees neither credentials nor the fleet's
repository. Nothing of them is in the program's digest: the path of each is an input of its release. Refuses to go on
without one, since Pulumi would then have created half a workspace.
"""

from __future__ import annotations

from helium.adapters.engine.command import folder_of
from helium.adapters.engine.settings import EngineSettings
from helium.adapters.files import write_whole
from helium.core.chart import ChartError, needed
from helium.core.workspace import Workspace
from helium.errors import EngineError
from helium.ports.engine import UpOptions


def put(settings: EngineSettings, workspace: Workspace, *, options: UpOptions) -> None:
    """Put each chart there; `EngineError` for one that cannot be had, before anything is created or changed."""
    stack = str(workspace.stack)
    try:
        references = needed(workspace, options.charts)
    except ValueError as error:
        raise EngineError(stack, f"in helium.yaml, {workspace.backend}: {error}") from None
    for reference in references:
        if settings.charts is None:
            raise EngineError(stack, f"nothing fetches the {reference} here")
        file = folder_of(settings.work, workspace.stack) / reference.file
        if file.is_file():
            continue
        try:
            data = settings.charts.package(reference, commit=options.commit)
        except ChartError as error:
            raise EngineError(stack, str(error)) from None
        except OSError as error:
            raise EngineError(stack, f"the {reference} cannot be read: {error.strerror}") from None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, data)
        except OSError as error:
            raise EngineError(stack, f"the {reference} cannot be put into {file.parent}: {error.strerror}") from None
