"""`helium chart`: version and digest of the charts that `helium.yaml` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from helium.cli import tables
from helium.cli.options import CommandContext, on_fleet
from helium.errors import ExitCode

if TYPE_CHECKING:
    from helium.app.charts import NamedChart
    from helium.core.digest import Json

_SHOWN = 19
"""How much of a digest a table has: `sha256:` and twelve digits."""


@click.group(short_help="Pin the charts of helium.yaml, or check them.")
def chart() -> None:
    """Pin the Helm charts that helium.yaml names: write the version and the digest of each, or check them.

    A chart is a path in this repository, an oci:// address, or a name in a repository (repo:). Its server can put other
    bytes behind the same version. The digest says which package you reviewed, and a pass installs no other:

    \b
    charts:
      pachyderm:
        chart: oci://registry.example.com/charts/pachyderm
        version: 2.11.6
        digest: sha256:3f2a9c1d...

    If the server wants to know who asks, put USER:PASSWORD or a token into an environment variable that begins with
    HELIUM_CHARTS_, and name it as credentialsName.
    """


@chart.command(short_help="Write version and digest of charts into helium.yaml.")
@click.argument("places", metavar="[PLACE]...", nargs=-1)
@click.option("--version", metavar="VERSION", help="The version to move to; for one PLACE.")
@on_fleet
def pin(context: CommandContext, places: tuple[str, ...], *, version: str | None) -> None:
    """Fetch charts and write version and digest of each into helium.yaml. All else in the file stays as it is.

    Without a PLACE: all charts that have no version or no digest, each in its newest release. A PLACE, such as
    gcp-namespace.charts.pachyderm or just pachyderm, is looked up again in the version that it has, or in the one that
    you name. Review the change, and commit it.

    \b
    Example: helium chart pin
             helium chart pin pachyderm --version 2.11.6
    """
    from helium.app.charts import pin as pin_charts

    pinned = pin_charts(context.start, context.settings, places=places, version=version)
    if context.as_json:
        context.emit([_as_json(each) for each in pinned])
    elif pinned:
        tables.show(tables.table(("CHART", "VERSION", "DIGEST"), [_row(each) for each in pinned]))
        click.echo("helium.yaml has them. Review the change, and commit it.")
    else:
        click.echo("Every chart has a version and a digest. To look one up again, name it.")


@chart.command(short_help="Fetch the charts, and compare each with its digest.")
@on_fleet
def check(context: CommandContext) -> None:
    """Fetch every chart that helium.yaml names, and compare it with its digest, as a pass does. It changes nothing.

    It exits with 6 if a chart cannot be installed.

    \b
    Example: helium chart check
    """
    from helium.app.charts import check as check_charts

    checked = check_charts(context.start, context.settings)
    if context.as_json:
        context.emit([{**_as_json(each.named), "ok": not each.issue, "sentence": each.issue} for each in checked])
    else:
        rows = [("failed" if each.issue else "ok", *_row(each.named), each.issue) for each in checked]
        tables.show(tables.table(("", "CHART", "VERSION", "DIGEST", "RESULT"), rows, styled=0))
    click.get_current_context().exit(ExitCode.SOURCE if any(each.issue for each in checked) else 0)


def _row(named: NamedChart) -> tuple[str, str, str]:
    return named.place, named.reference.version, named.reference.digest[:_SHOWN]


def _as_json(named: NamedChart) -> dict[str, Json]:
    found = named.reference
    return {"chart": named.place, "at": found.repo or found.chart, "version": found.version, "digest": found.digest}


COMMANDS = (chart,)
