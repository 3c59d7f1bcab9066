"""Commands for the keys that seal stored secrets."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.services import rotation
from webapp.services.audit import Actor


@click.command("rotate_keys")
@with_appcontext
def rotate_keys() -> None:
    """Seal all stored secrets with the first of ENCRYPTION_KEYS. It may be stopped and called again."""
    done = rotation.rotate(Actor())
    click.echo(ngettext("%(num)d secret was sealed anew.", "%(num)d secrets were sealed anew.", done.renewed))
    for place in done.unreadable:
        click.echo(_("%(place)s cannot be read with any of the keys.", place=place), err=True)
    left = rotation.left_to_rotate()
    if left:
        raise click.ClickException(
            ngettext(
                "%(num)d secret is still sealed with another key. Keep the other keys and call this again.",
                "%(num)d secrets are still sealed with another key. Keep the other keys and call this again.",
                left,
            )
        )
    click.echo(_("Everything is sealed with the key %(key)s; the others can be taken away.", key=done.key_id))


def register(app: Flask) -> None:
    """Give the application its commands."""
    app.cli.add_command(rotate_keys)
