"""Commands for first set-up and scripts: people and their keys."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import gettext as _

from webapp.domain.errors import AppError
from webapp.domain.scope import Permission
from webapp.services import access, api_keys, second_factor, users
from webapp.services.audit import Actor
from webapp.web.messages import message

USAGE = 2


class Refused(click.ClickException):
    """A value that was refused, with the sentence that says why."""

    exit_code = USAGE

    def __init__(self, error: AppError) -> None:
        super().__init__(message(error))


@click.command("create_user")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.option("--role", type=click.Choice(["admin"]), help="Make the person an admin of this installation.")
@with_appcontext
def create_user(email: str, password_stdin: bool, role: str | None) -> None:
    """Add a person who can sign in. The first one is an admin in any case."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(_("Password"), hide_input=True, confirmation_prompt=True)
    try:
        users.create_user(email, password, is_admin=role == "admin")
    except AppError as error:
        raise Refused(error) from error
    click.echo(_("%(email)s can sign in now.", email=email))


@click.command("create_api_key")
@click.argument("email")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--write", "can_write", is_flag=True, help="Let the key import and change, not only read.")
@with_appcontext
def create_api_key(email: str, name: str, can_write: bool) -> None:
    """Make an API key for a person and print it; it is shown this once."""
    try:
        user_id = users.get_user_id(email)
        team = access.get_team_scope(user_id, Permission.KEY_WRITE)
        key = api_keys.create_key(team, name, Actor(user_id, team.team_id), can_write=can_write)
    except AppError as error:
        raise Refused(error) from error
    click.echo(key.text)


@click.command("disable_second_factor")
@click.argument("email")
@with_appcontext
def disable_second_factor(email: str) -> None:
    """Switch the second factor off for somebody who lost their phone and their recovery codes."""
    try:
        second_factor.disable_lost(users.get_user_id(email))
    except AppError as error:
        raise Refused(error) from error
    click.echo(_("%(email)s signs in with the password alone now and is signed out everywhere.", email=email))


def register(app: Flask) -> None:
    """Give the application its commands."""
    app.cli.add_command(create_user)
    app.cli.add_command(create_api_key)
    app.cli.add_command(disable_second_factor)
