"""`helium schema`: the schema of this fleet's specs, for editors."""

from __future__ import annotations

import click

from helium.cli.options import CommandContext, on_fleet


@click.command(short_help="Print the schema of this fleet's specs, for editors.")
@click.option("--write", is_flag=True, help="Write it to schema/workspace.schema.json, where spec files look for it.")
@on_fleet
def schema(context: CommandContext, *, write: bool) -> None:
    """Print the JSON Schema of this fleet's specs: what every spec may say, and what each backend and instance adds.

    It reads helium.yaml and stacks/ as they are on disk. Write it again when you have added a backend, or changed the
    fields of an instance: editors then complete them. What checks a spec is `helium validate`, backend by backend.

    \b
    Example: helium schema --write
    """
    from helium.app.validate import schema_for_editors

    file, text = schema_for_editors(context.start, context.settings)
    if not write:
        click.echo(text, nl=False)
        return
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text)
    if context.as_json:
        context.emit({"file": str(file)})
    else:
        click.echo(f"written: {file}")


COMMANDS = (schema,)
